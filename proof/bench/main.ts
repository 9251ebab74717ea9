#!/usr/bin/env node
// npm run bench -- --help
import { Command, InvalidArgumentError, Option } from 'commander';
import { jsonOption, parseWhole, scenarioOption } from '../../cli/options.ts';
import { printJson } from '../../cli/output.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { log, runCommand } from '../support/command.ts';
import { measure, PARTS, type MeasureOptions, type Part } from './measure.ts';
import type { Measurement } from './measurement.ts';
import { machine, printMeasurement } from './report.ts';
import { saveResults } from './results.ts';

interface Options {
  mentors: number[];
  scenario: ScenarioType[];
  workers: number[];
  due: number;
  parts: Part[];
  seed: number;
  all: boolean;
  fresh: boolean;
  keep: boolean;
  save?: string;
  json: boolean;
}

const command = new Command('bench')
  .description(
    'sweeps audiences of so many mentors with a durable PostgreSQL, a durable Temporal server, an FCM emulator and workers, each a process of its own',
  )
  .option('--mentors <n,...>', 'sizes of the audiences', parseNumbers(100), [10_000, 100_000])
  .addOption(scenarioOption())
  .option('--workers <n,...>', 'worker processes; with several numbers, a warm sweep with each', parseNumbers(1), [1])
  .option('--due <percent>', 'of the mentors something is due for so many percent, 0 to 60', parsePercent, 1)
  .addOption(
    new Option('--parts <parts>', `what to measure, some of ${PARTS.join(', ')}`)
      .argParser(parseParts)
      .default(['cold', 'warm', 'floor'], 'cold,warm,floor'),
  )
  .option('--seed <n>', 'another seed, another audience', parseWhole(0), 1)
  .option(
    '--all',
    'everything that docs/benchmarks.md shows: 10,000, 100,000 and 1,000,000 mentors, 1, 2 and 4 workers, and sending',
    false,
  )
  .option('--fresh', 'load audiences anew, whatever an earlier run left', false)
  .option('--keep', 'keep databases, ledgers and logs of the run', false)
  .option(
    '--save <file>',
    'put the results into this file of JSON, in the place of earlier ones of the same measurement',
  )
  .addOption(jsonOption())
  .addHelpText('after', '\nExit code: 0 measured, 1 failed or the records disagree with the ledger, 2 misused.');

await runCommand(command, async () => {
  const options = command.opts<Options>();
  for (const each of options.all ? everything(options) : options.mentors.map((mentors) => ofSize(options, mentors))) {
    for await (const measurement of measure(each)) {
      const result = { ...machine(), ...measurement };
      if (options.json) printJson(result);
      else printMeasurement(measurement);
      if (options.save) saveResults(options.save, [result]);
      const fault = disagreement(measurement);
      if (fault) {
        log(fault);
        process.exitCode = 1;
      }
    }
  }
});

function ofSize({ parts, ...options }: Options, mentors: number): MeasureOptions {
  return { ...options, mentors, parts: new Set(parts), log };
}

function everything(options: Options): MeasureOptions[] {
  const swept = { ...options, due: 1, workers: [1, 2, 4], parts: ['cold', 'warm', 'floor'] as Part[] };
  return [
    ...[10_000, 100_000, 1_000_000].map((mentors) => ofSize(swept, mentors)),
    ofSize({ ...options, due: 20, workers: [1], parts: ['warm', 'floor', 'sending'] }, 100_000),
  ];
}

function disagreement(measurement: Measurement): string | null {
  switch (measurement.kind) {
    case 'sweep':
      return measurement.agreement.agrees
        ? null
        : `Records and ledger disagree: ${JSON.stringify(measurement.agreement)}`;
    case 'floor':
      return measurement.agrees
        ? null
        : `The floor did not do the sweep's work: ${measurement.floor?.claimed} claimed, ${measurement.floor?.recorded} recorded.`;
    case 'sending':
      return null;
  }
}

function parseNumbers(least: number): (text: string) => number[] {
  return (text) => {
    const numbers = text.split(',').map(Number);
    if (numbers.some((n) => !Number.isSafeInteger(n) || n < least)) {
      throw new InvalidArgumentError(`expected whole numbers of ${least} or more with commas between, got "${text}".`);
    }
    return numbers;
  };
}

function parseParts(text: string): Part[] {
  const parts = text.split(',');
  const wrong = parts.filter((part) => !(PARTS as readonly string[]).includes(part));
  if (wrong.length > 0)
    throw new InvalidArgumentError(`expected some of ${PARTS.join(', ')}, got "${wrong.join(', ')}".`);
  return parts as Part[];
}

function parsePercent(text: string): number {
  const percent = Number(text);
  if (text.trim() === '' || !(percent >= 0 && percent <= 60))
    throw new InvalidArgumentError(`expected a number from 0 to 60, got "${text}".`);
  return percent;
}
