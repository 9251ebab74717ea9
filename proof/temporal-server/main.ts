#!/usr/bin/env node
// npm run check:temporal -- --help
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { jsonOption } from '../../cli/options.ts';
import { printJson, printLine } from '../../cli/output.ts';
import { findTemporalCli } from '../../local/temporal-cli.ts';
import { Children } from '../chaos/children.ts';
import { endOnSignals, makeFolder } from '../chaos/own-folder.ts';
import { Stack } from '../chaos/stack.ts';
import { Scene, type SceneOptions } from '../chaos/weather/scene.ts';
import { log, runCommand } from '../support/command.ts';
import { findServer, NoServer, SERVER_VERSION } from './binaries.ts';
import { Cluster } from './cluster.ts';
import { TemporalCommand } from './commands.ts';
import { oldCommandLine, queryAndUpdate, signals, sweep } from './control.ts';
import { eventOverHttp } from './events.ts';
import { asBuild, exchangeOfBuilds } from './exchange.ts';
import { makeNamespace } from './namespace.ts';
import { schedules } from './schedules.ts';
import { servicesKilled } from './services-killed.ts';
import { Steps, type Seen, type StepResult } from './steps.ts';
import { documentedQueries } from './visibility.ts';

const command = new Command('check:temporal')
  .description(
    `the service on a production Temporal server ${SERVER_VERSION}: its four services as processes, on PostgreSQL, with real workers`,
  )
  .option('--keep', 'keep the folder with databases, ledgers and logs', false)
  .addOption(jsonOption())
  .addHelpText('after', '\nExit code: 0 every step passed or was skipped, 1 one failed, 2 misused.');

/** Some 250 notifications leave within half a minute or more: long enough for something to happen meanwhile. */
const SLOWLY = { FCM_MESSAGES_PER_SECOND: '20', WORKER_GRACE_SECONDS: '1' };

const children = new Children();
await runCommand(command, async () => {
  process.exitCode = await checkAll(command.opts<{ keep: boolean; json: boolean }>());
});
children.endAll('SIGQUIT');
setTimeout(() => process.exit(), 2_000).unref();

async function checkAll({ keep, json }: { keep: boolean; json: boolean }): Promise<number> {
  const steps = new Steps((result) => (json ? printJson(result) : printLine(lineOf(result))));
  const binaries = await findServer(log).catch((error: unknown) => {
    if (!(error instanceof NoServer)) throw error;
    log(`No production Temporal server ${SERVER_VERSION} here: ${error.message}`);
    return null;
  });
  if (!binaries) return 1;
  const folder = makeFolder('temporal-server');
  endOnSignals(children);
  const cli = await findTemporalCli({ log });
  let cluster: Cluster | undefined;
  let stack: Stack | undefined;
  await steps.do('four services', async () => {
    stack = await Stack.start(folder, children, async (postgresUrl) => {
      return (cluster = await Cluster.start({ binaries, postgresUrl, children, folder: join(folder, 'temporal') }));
    });
    return `server ${SERVER_VERSION}${binaries.builtIn === null ? '' : `, built in ${Math.round(binaries.builtIn)} s`}`;
  });
  try {
    if (stack && cluster) await checkService(steps, stack, cluster, new TemporalCommand(cli, cluster.address));
  } finally {
    await stack?.stop();
  }
  const failed = steps.count('failed');
  const summary = { passed: steps.count('passed'), failed, skipped: steps.count('skipped') };
  if (json) printJson({ summary });
  else printLine(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`);
  if (keep || failed > 0) log(`kept: ${folder}`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  return failed === 0 ? 0 : 1;
}

async function checkService(steps: Steps, stack: Stack, cluster: Cluster, temporal: TemporalCommand): Promise<void> {
  await steps.do('namespace and search attributes', () => makeNamespace(temporal));
  const inScene = (options: Omit<SceneOptions, 'times'>, play: (scene: Scene) => Promise<Seen>) =>
    Scene.play(stack, children, { times: 1, ...options }, play);

  await inScene({ name: 'control', workers: 1 }, async (scene) => {
    await steps.do('sweep', () => sweep(scene));
    await steps.do('pause, resume, stop', () => signals(scene));
    await steps.do('query and update', () => queryAndUpdate(scene, temporal));
    await steps.do('Schedules', () => schedules(scene));
    await steps.do('tctl', () => oldCommandLine(scene));
    await steps.do('visibility', () => documentedQueries(scene));
    await steps.do('event over HTTP', () => eventOverHttp(scene, cluster));
    return '';
  });
  await steps.do('services killed one by one', () =>
    inScene({ name: 'killed', workers: 2, env: SLOWLY }, (scene) => servicesKilled(scene, cluster)),
  );
  await steps.do('exchange of a build', () =>
    inScene({ name: 'exchange', workers: 2, env: { ...SLOWLY, ...asBuild() } }, (scene) =>
      exchangeOfBuilds(scene, temporal, children),
    ),
  );
}

function lineOf({ step, result, seen, seconds }: StepResult): string {
  return `${result.padEnd(7)}  ${step}: ${seen} (${seconds.toFixed(1)} s)`;
}
