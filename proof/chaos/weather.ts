#!/usr/bin/env node
// npm run chaos:weather -- --help
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { jsonOption } from '../../cli/options.ts';
import { printJson } from '../../cli/output.ts';
import { log, runCommand } from '../support/command.ts';
import { Children } from './children.ts';
import { endOnSignals, makeFolder } from './own-folder.ts';
import { processorTime, takenByOthers } from './processor-time.ts';
import { Stack } from './stack.ts';
import { WEATHER, type Measured, type WeatherName } from './weather/scenarios.ts';

interface Options {
  only: WeatherName[];
  json: boolean;
  keep: boolean;
}

const NAMES = Object.keys(WEATHER) as WeatherName[];

const command = new Command('chaos:weather')
  .description('what the ordinary weather of months does to a sweep: measured with real workers, each against its goal')
  .addOption(new Option('--only <names...>', 'some of them').choices(NAMES).default(NAMES, 'all'))
  .option('--keep', 'keep the folder with ledgers and logs', false)
  .addOption(jsonOption())
  .addHelpText('after', '\nExit code: 0 every goal was met, 1 one was not, 2 misused.');

const children = new Children();
await runCommand(command, async () => {
  process.exitCode = await playAll(command.opts<Options>());
});
children.endAll('SIGQUIT');
setTimeout(() => process.exit(), 2_000).unref();

async function playAll({ only, json, keep }: Options): Promise<number> {
  const folder = makeFolder('weather');
  endOnSignals(children);
  const results: Measured[] = [];
  for (const name of only) {
    // Each with a Temporal server of its own: what one left behind is not the next one's.
    const stack = await Stack.start(join(folder, name), children);
    try {
      log(`${name} …`);
      const before = processorTime();
      const played = await WEATHER[name](stack, children);
      const result = { ...played, measured: { ...played.measured, ...takenByOthers(before) } };
      results.push(result);
      log(`${name}: ${result.is_met ? 'met' : 'NOT MET'} ${JSON.stringify(result.measured)}`);
      if (json) printJson(result);
    } finally {
      await stack.stop();
    }
  }
  if (keep) log(`kept: ${folder}`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (!json) console.log(tableOf(results));
  return results.every((result) => result.is_met) ? 0 : 1;
}

function tableOf(results: readonly Measured[]): string {
  const table = new Table({
    head: ['weather', 'goal', 'met', 'measured'],
    colWidths: [30, 36, 5, 45],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { scenario, goal, is_met, measured } of results) {
    const figures = Object.entries(measured).map(([what, value]) => `${what.replaceAll('_', ' ')}: ${String(value)}`);
    table.push([scenario, goal, is_met ? 'yes' : 'no', figures.join('\n')]);
  }
  return table.toString();
}
