#!/usr/bin/env node
// npm run bench:alternatives -- --help
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { jsonOption, parseWhole } from '../../../cli/options.ts';
import { printJson } from '../../../cli/output.ts';
import { MINUTE, SECOND } from '../../../domain/durations.ts';
import { localFolder } from '../../../local/folders.ts';
import { log, runCommand } from '../../support/command.ts';
import { install } from '../install.ts';
import { machine } from '../report.ts';
import { inRun } from '../run-folder.ts';
import { CONTENDERS } from './contenders.ts';
import { Databases } from './databases.ts';
import { expectedOf } from './expected.ts';
import { measure, type Measurement } from './measure.ts';
import { printComparison } from './report.ts';

interface Options {
  mentors: number;
  only?: string[];
  due: number;
  seed: number;
  latencyMs?: number;
  rest: number;
  crash: boolean;
  keep: boolean;
  json: boolean;
  markdown: boolean;
}

const command = new Command('bench:alternatives')
  .description('the same sweep of the same audience by this service and by other ways to write it, one after the other')
  .option('--mentors <n>', 'size of the audience', parseWhole(300), 10_000)
  .option('--only <names>', `some of ${Object.keys(CONTENDERS).join(', ')}`, parseNames)
  .option('--due <percent>', 'of the mentors something is due for so many percent, 0 to 60', parseWhole(0), 1)
  .option('--seed <n>', 'another seed, another audience', parseWhole(0), 1)
  .option(
    '--latency-ms <n>',
    'milliseconds until the push service answers; unless given, 0, and 50 with --crash',
    parseWhole(0),
  )
  .option('--rest <seconds>', 'between two of them', parseWhole(0), 5)
  .option('--crash', 'kill each process once, when half of its messages have arrived, and start it again', false)
  .option('--keep', 'keep the database, ledgers and logs of the run', false)
  .addOption(jsonOption())
  .option('--markdown', 'print the table as docs/alternatives.md has it', false)
  .addHelpText(
    'after',
    '\nWhat the others depend on is installed into their own folders on first use.\nExit code: 0 measured, 1 failed or one of them did not send what is due, 2 misused.',
  );

await runCommand(command, async () => {
  await compare(command.opts<Options>());
});

async function compare({
  mentors,
  only,
  due,
  seed,
  rest,
  crash,
  json,
  markdown,
  keep,
  ...given
}: Options): Promise<void> {
  const latencyMs = given.latencyMs ?? (crash ? 50 : 0);
  const names = (only ?? Object.keys(CONTENDERS)).filter((name) => crash || !CONTENDERS[name]!.onlyCrash);
  for (const folder of new Set(names.flatMap((name) => CONTENDERS[name]!.installs ?? [])))
    install(join(import.meta.dirname, folder), log);

  const home = join(localFolder(), 'bench-alternatives');
  const asOf = new Date(Math.floor((Date.now() - MINUTE) / SECOND) * SECOND);
  const measurements: Measurement[] = [];
  await inRun({ home, name: 'alternatives', log, keep }, async (supervisor, folder) => {
    const databases = await Databases.start(supervisor, folder);
    log(`Loading ${mentors} mentors …`);
    const expected = await databases.load({ mentors, seed, asOf, duePercent: due }, (pool) => expectedOf(pool, asOf));
    log(`${expected.due.size} notifications are due as of ${asOf.toISOString()}, says the evaluator.`);
    for (const name of names) {
      await sleep(rest * SECOND, undefined, { signal: supervisor.signal });
      log(`${CONTENDERS[name]!.title} …`);
      const measured = await measure({ name, databases, folder, asOf, mentors, expected, latencyMs, crash, log });
      log(`${(measured.wall_ms / SECOND).toFixed(2)} s, ${measured.sent} sent.`);
      if (!crash && !measured.agrees) {
        log(`${name} did not send and record what is due: ${JSON.stringify(measured)}`);
        process.exitCode = 1;
      }
      measurements.push(measured);
      if (json) printJson({ ...machine(), mentors, seed, due_percent: due, latency_ms: latencyMs, ...measured });
    }
    if (!json)
      printComparison(
        measurements,
        { mentors, seed, due_percent: due, latency_ms: latencyMs, due: expected.due.size },
        { markdown },
      );
  });
}

function parseNames(text: string): string[] {
  const names = text.split(',');
  const unknown = names.find((name) => !Object.hasOwn(CONTENDERS, name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`expected some of ${Object.keys(CONTENDERS).join(', ')}, got "${unknown}".`);
  return names;
}
