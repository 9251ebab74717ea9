import { join } from 'node:path';
import { noticeBrakes } from '../cli/brake-notice.ts';
import { failuresOfSweep, liveCountsOf, type LiveCounts } from '../cli/live-counts.ts';
import { followProgress } from '../cli/sweep-progress.ts';
import { connectTemporal } from '../client/connect-temporal.ts';
import { configuredSchedules } from '../client/schedule-settings.ts';
import { applySchedules } from '../client/schedules.ts';
import { startSweep } from '../client/sweeps.ts';
import type { Failures } from '../db/list-runs.ts';
import type { SweepResult } from '../domain/sweep.ts';
import { withoutOwnVariables } from './environment-file.ts';
import { lookAtGivenParts, refuseForeignWorkers, type GivenParts } from './given-parts.ts';
import type { LocalOptions } from './options.ts';
import { announceParts, isOfAnotherServer, startParts, type Surroundings } from './parts.ts';
import { prepareDatabase } from './prepare-database.ts';
import type { Supervisor } from './supervisor.ts';
import { startWorkerProcess } from './worker-process.ts';

type Log = (line: string) => void;

/** What the sweep came to, and by scenario type the codes of what failed. */
export interface Swept {
  readonly result: SweepResult;
  readonly failures: Readonly<Record<string, Failures>>;
}

/** What the environment names. Throws where something here would do harm beside it: nothing has been started by then. */
export async function givenParts(folder: string, { useEnvironment }: LocalOptions): Promise<GivenParts> {
  replaceEnvironment(withoutOwnVariables(process.env, folder));
  const given = await lookAtGivenParts(process.env, { useEnvironment });
  if (given.temporal && !given.database?.hasUsers) await refuseForeignWorkers();
  return given;
}

/**
 * Starts what the environment does not name, prepares the database, starts a worker and sweeps once. `onStarted` is called
 * as soon as the addresses are known.
 */
export async function startAndSweep(
  supervisor: Supervisor,
  folder: string,
  given: GivenParts,
  onStarted: (surroundings: Surroundings) => void,
): Promise<Swept & { surroundings: Surroundings }> {
  const { log } = supervisor;
  announceParts(given, log);
  const surroundings = await startParts(supervisor, folder, { given, env: process.env, log });
  onStarted(surroundings);
  // The commands' own code reads Temporal's names from here.
  const kept = Object.entries(process.env).filter(([name]) => given.temporal || !isOfAnotherServer(name));
  replaceEnvironment({ ...Object.fromEntries(kept), ...surroundings.environment });

  const asOf = new Date();
  await prepareDatabase(surroundings.environment['DATABASE_URL']!, {
    asOf,
    emulated: given.push?.emulator ?? true,
    ours: !given.database,
    log,
  });
  const logFile = join(folder, 'worker.log');
  const { workersDatabaseUrl } = surroundings;
  const env = { ...process.env, ...(workersDatabaseUrl && { DATABASE_URL: workersDatabaseUrl }) };
  await supervisor.start('worker', (onSpawn) => startWorkerProcess({ env, logFile, onSpawn }));
  log('The worker is ready.');
  return { ...(await scheduleAndSweep(supervisor, given, asOf, log)), surroundings };
}

async function scheduleAndSweep(supervisor: Supervisor, given: GivenParts, asOf: Date, log: Log): Promise<Swept> {
  const temporal = await connectTemporal();
  const followers: (() => Promise<void>)[] = [];
  let counts: LiveCounts | undefined;
  const endFollowing = () => Promise.all(followers.splice(0).map((end) => end()));
  try {
    const schedules = await applySchedules(temporal.client, configuredSchedules(process.env['SCHEDULES_FILE']), {
      running: true,
    });
    log(`Schedules: ${schedules.map(({ schedule_id, change }) => `${schedule_id} ${change}`).join(', ')}.`);
    log(`Sweeping every mentor for all scenarios, as of ${asOf.toISOString()} …`);
    // People are never flooded. Among stand-ins nobody is there to answer a brake, and a start soon after another leaves a
    // history of sweeps that found nobody.
    const brake = given.database?.hasUsers ?? false;
    const handle = await startSweep(temporal.client, { asOf: asOf.toISOString(), ...(!brake && { brake }) });
    counts = liveCountsOf(handle.workflowId);
    followers.push(followProgress(handle, process.stderr, counts.of));
    if (brake) followers.push(noticeBrakes(handle, process.stderr));
    const stopped = new Promise<never>((_, reject) => {
      supervisor.signal.addEventListener('abort', () => reject(supervisor.signal.reason), { once: true });
    });
    const result = await Promise.race([handle.result(), stopped]);
    await endFollowing();
    log('The sweep is done.');
    return { result, failures: await failuresOfSweep(handle.workflowId, handle.firstExecutionRunId) };
  } finally {
    await endFollowing();
    await counts?.close();
    await temporal.close();
  }
}

function replaceEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
}
