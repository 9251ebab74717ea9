import { join } from 'node:path';
import { printJson, printSweepResult } from '../cli/output.ts';
import { reportFailure } from '../cli/report-failure.ts';
import { followProgress } from '../cli/sweep-progress.ts';
import { connectTemporal } from '../client/connect-temporal.ts';
import { configuredSchedules } from '../client/schedule-settings.ts';
import { applySchedules } from '../client/schedules.ts';
import { startSweep } from '../client/sweeps.ts';
import type { SweepResult } from '../domain/sweep.ts';
import { localFolder } from './folders.ts';
import { parseOptions, type LocalOptions } from './options.ts';
import { startParts, type Surroundings } from './parts.ts';
import { prepareDatabase } from './prepare-database.ts';
import { StoppedWhileStarting, Supervisor } from './supervisor.ts';
import { startWorkerProcess } from './worker-process.ts';

const started = performance.now();
const options = parseOptions(process.argv);

/** What happens, with the seconds since the start; standard output is for the result. */
function log(line: string): void {
  process.stderr.write(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}\n`);
}

try {
  process.exitCode = await main(options);
} catch (error) {
  process.exitCode = reportFailure(error);
}

async function main({ once, json }: LocalOptions): Promise<number> {
  const folder = localFolder();
  const supervisor = await Supervisor.begin({ folder, log, stopWhenOrphaned: !once });
  if (supervisor.reclaimed.length > 0) log(`Ended what a killed run had left: ${supervisor.reclaimed.join(', ')}.`);
  try {
    const { result, surroundings } = await startAndSweep(supervisor, folder);
    if (once) {
      await supervisor.stop();
      print(result, json);
      return 0;
    }
    print(result, json);
    tellAddresses(surroundings, folder);
    const reason = await supervisor.untilStopped();
    return 'part' in reason ? 1 : 0;
  } catch (error) {
    await supervisor.stop();
    if (error instanceof StoppedWhileStarting) return 0;
    throw error;
  }
}

async function startAndSweep(
  supervisor: Supervisor,
  folder: string,
): Promise<{ result: SweepResult; surroundings: Surroundings }> {
  log('Starting PostgreSQL, a Temporal server and an FCM emulator …');
  const surroundings = await startParts(supervisor, folder, process.env, log);
  const env = { ...process.env, ...surroundings.environment };
  // The commands' own code reads Temporal's names from here.
  Object.assign(process.env, surroundings.environment);

  const asOf = new Date();
  await prepareDatabase(surroundings.environment['DATABASE_URL']!, {
    asOf,
    emulated: Boolean(env['FIREBASE_MESSAGING_EMULATOR_HOST']),
    ours: surroundings.workersDatabaseUrl !== null,
    log,
  });
  const logFile = join(folder, 'worker.log');
  const workers = { ...env, ...(surroundings.workersDatabaseUrl && { DATABASE_URL: surroundings.workersDatabaseUrl }) };
  await supervisor.start('worker', (onSpawn) => startWorkerProcess({ env: workers, logFile, onSpawn }));
  log('The worker is ready.');

  const temporal = await connectTemporal();
  const endFollowing = { now: async () => {} };
  try {
    const schedules = await applySchedules(temporal.client, configuredSchedules(process.env['SCHEDULES_FILE']), {
      running: true,
    });
    log(`Schedules: ${schedules.map(({ schedule_id, change }) => `${schedule_id} ${change}`).join(', ')}.`);
    log(`Sweeping every mentor for all scenarios, as of ${asOf.toISOString()} …`);
    // Nobody is there to answer, and a start soon after another leaves a history of sweeps that found nobody.
    const handle = await startSweep(temporal.client, { asOf: asOf.toISOString(), brake: false });
    endFollowing.now = followProgress(handle, process.stderr);
    const stopped = new Promise<never>((_, reject) => {
      supervisor.signal.addEventListener('abort', () => reject(supervisor.signal.reason), { once: true });
    });
    const result = await Promise.race([handle.result(), stopped]);
    await endFollowing.now();
    log('The sweep is done.');
    return { result, surroundings };
  } finally {
    await endFollowing.now();
    await temporal.close();
  }
}

function print(result: SweepResult, json: boolean): void {
  if (json) printJson(result);
  else printSweepResult(result);
}

function tellAddresses({ environment, workersDatabaseUrl, webUi, ledgerFile }: Surroundings, folder: string): void {
  // A database that was given is known, and so is its password.
  const ours = Object.entries(environment).filter(([name]) => name !== 'DATABASE_URL' || workersDatabaseUrl !== null);
  const lines = [
    '',
    ...(webUi ? [`Web UI        ${webUi}`] : []),
    ...(ledgerFile ? [`FCM ledger    ${ledgerFile}`] : []),
    `Worker's log  ${join(folder, 'worker.log')}`,
    '',
    'To use the command line in another terminal:',
    ...ours.map(([name, value]) => `  export ${name}=${value}`),
    '  npx scenario-push preview',
    '  npx scenario-push --help',
    '',
    'Ctrl-C stops everything; the data stays.',
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}
