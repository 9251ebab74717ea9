#!/usr/bin/env node
// npm run bench -- --help
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { jsonOption, parseWhole, scenarioOption } from '../cli/options.ts';
import { printJson } from '../cli/output.ts';
import { reportFailure } from '../cli/report-failure.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { measure } from './measure.ts';
import { machine, printMeasurement } from './report.ts';

interface Options {
  mentors: number[];
  scenario: ScenarioType[];
  workers: number;
  due: number;
  seed: number;
  keep: boolean;
  json: boolean;
}

const started = performance.now();

/** What happens, with the seconds since the start; standard output is for the results. */
function log(line: string): void {
  process.stderr.write(`${((performance.now() - started) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`);
}

const command = new Command('bench')
  .description('sweeps audiences of so many mentors with a durable PostgreSQL, a durable Temporal server, an FCM emulator and workers, each a process of its own')
  .option('--mentors <n,...>', 'sizes of the audiences', parseSizes, [10_000, 100_000])
  .addOption(scenarioOption())
  .option('--workers <n>', 'worker processes', parseWhole(1), 1)
  .option('--due <percent>', 'of the mentors something is due for so many percent, 0 to 60', parsePercent, 1)
  .option('--seed <n>', 'another seed, another audience', parseWhole(0), 1)
  .option('--keep', 'keep databases, ledgers and logs of the run', false)
  .addOption(jsonOption())
  .addHelpText('after', '\nExit code: 0 measured, 1 failed or the records disagree with the ledger, 2 misused.')
  .exitOverride();

try {
  command.parse();
  const { mentors, json, ...settings } = command.opts<Options>();
  for (const size of mentors) {
    const measurement = await measure({ ...settings, mentors: size, log });
    if (json) printJson({ ...machine(), ...measurement });
    else printMeasurement(measurement);
    if (!measurement.agreement.agrees) {
      log(`Records and ledger disagree: ${JSON.stringify(measurement.agreement)}`);
      process.exitCode = 1;
    }
  }
} catch (error) {
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : reportFailure(error);
}

function parseSizes(text: string): number[] {
  const sizes = text.split(',').map(Number);
  if (sizes.some((size) => !Number.isSafeInteger(size) || size < 100)) {
    throw new InvalidArgumentError(`expected numbers of mentors, 100 or more, such as 10000,100000, got "${text}".`);
  }
  return sizes;
}

function parsePercent(text: string): number {
  const percent = Number(text);
  if (text.trim() === '' || !(percent >= 0 && percent <= 60)) throw new InvalidArgumentError(`expected a number from 0 to 60, got "${text}".`);
  return percent;
}
