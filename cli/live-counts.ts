import { withRuns, type LiveProgress } from '../answers/live-progress.ts';
import { failuresOfRuns, runsOfSweep, type Failures, type Run } from '../db/list-runs.ts';
import { connect, createPool } from '../db/connect.ts';
import { SECOND } from '../domain/durations.ts';
import { readDatabaseUrl } from '../worker/config.ts';
import type { SweepProgress } from '../workflows/sweep-messages.ts';
import { withDatabase } from './with-database.ts';

/** A look may take a tenth of the time: counting a sweep must not slow it down. */
const REST_PER_LOOK = 9;

/** A sweep's counts as they are now, for commands that need no database: without one, the sweep's own. */
export interface LiveCounts {
  readonly of: (progress: SweepProgress) => Promise<LiveProgress>;
  readonly close: () => Promise<void>;
}

/** Looks once a second at most. Never fails. */
export function liveCountsOf(workflowId: string): LiveCounts {
  const db = openDatabase();
  let runs: readonly Run[] = [];
  let nextLook = 0;
  return {
    of: async (progress) => {
      const begun = performance.now();
      if (db && begun >= nextLook) {
        runs = await runsOfSweep(db, workflowId).catch(() => runs);
        const took = performance.now() - begun;
        nextLook = begun + took + Math.max(SECOND, took * REST_PER_LOOK);
      }
      return withRuns(progress, runs);
    },
    close: async () => db?.destroy(),
  };
}

/** By scenario type. Never fails: without a database, nothing is known. */
export async function failuresOfSweep(workflowId: string, firstRunId?: string): Promise<Record<string, Failures>> {
  return withDatabase(async ({ db }) => {
    const runs = await runsOfSweep(db, workflowId);
    const own = runs.filter((run) => run.first_run_id === (firstRunId ?? runs[0]!.first_run_id));
    const failures = await failuresOfRuns(
      db,
      own.map(({ id }) => id),
    );
    return Object.fromEntries(own.map(({ id, scenario_type }) => [scenario_type, failures.get(id) ?? {}]));
  }).catch(() => ({}));
}

function openDatabase() {
  try {
    return connect(
      createPool({ url: readDatabaseUrl(process.env), maxConnections: 1, applicationName: 'scenario-push-cli' }),
    );
  } catch {
    return null;
  }
}
