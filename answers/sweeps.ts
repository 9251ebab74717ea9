import type { Kysely } from 'kysely';
import { listRuns, type Run } from '../db/list-runs.ts';
import type { Database } from '../db/tables.ts';

/** A sweep with what it did for each of its scenario types. */
export interface Sweep {
  readonly workflowId: string;
  readonly startedAt: Date;
  readonly asOf: Date;
  /** Null: some of it has not ended. */
  readonly finishedAt: Date | null;
  /** What needs somebody comes first: braked, then running, then how it ended. */
  readonly state: Run['state'];
  readonly runs: readonly Run[];
}

const MOST_URGENT: readonly Run['state'][] = [
  'braked',
  'running',
  'failed',
  'timed_out',
  'terminated',
  'canceled',
  'stopped',
];

/** The latest first; `most` counts a sweep once for each of its scenario types. */
export async function latestSweeps(db: Kysely<Database>, most: number): Promise<Sweep[]> {
  const bySweep = new Map<string, Run[]>();
  for (const run of await listRuns(db, most)) {
    const key = `${run.workflow_id} ${run.first_run_id}`;
    bySweep.set(key, [...(bySweep.get(key) ?? []), run]);
  }
  return [...bySweep.values()].map(asSweep);
}

function asSweep(runs: readonly Run[]): Sweep {
  const [{ workflow_id: workflowId, started_at: startedAt, as_of: asOf }] = runs as [Run];
  const states = new Set(runs.map(({ state }) => state));
  const ends = runs.map(({ finished_at }) => finished_at?.getTime() ?? null);
  return {
    workflowId,
    startedAt,
    asOf,
    finishedAt: ends.includes(null) ? null : new Date(Math.max(...(ends as number[]))),
    state: MOST_URGENT.find((state) => states.has(state)) ?? 'finished',
    runs,
  };
}
