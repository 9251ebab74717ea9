import type { Kysely } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import type { BatchState } from './attempts.ts';
import { all, first, must } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** How a sweep ended; a Temporal server says `canceled`, `terminated` and `timed_out`. */
export type EndState = 'finished' | 'stopped' | 'failed' | 'canceled' | 'terminated' | 'timed_out';

/** A sweep whose run has not ended. */
export interface OpenRun {
  readonly workflow_id: string;
  readonly first_run_id: string;
}

const countMentorsStatement = statementFromFile<{ mentors: number }>('count-mentors');
const startRunStatement = statementFromFile('start-run');
const countBatchStatement = statementFromFile<BatchState>('count-batch');
const countRunStatement = statementFromFile<ScenarioCounts & { scenario_type: ScenarioType }>('count-run');

/** How many mentors a sweep will look at. */
export async function countMentors(db: Kysely<Database>): Promise<number> {
  return must(await first(db, countMentorsStatement, {})).mentors;
}

export async function startRun(
  db: Kysely<Database>,
  run: {
    readonly workflowId: string;
    readonly firstRunId: string;
    readonly scenarioType: ScenarioType;
    readonly planKey: string;
    readonly asOf: Date;
    readonly now: Date;
  },
): Promise<void> {
  await first(db, startRunStatement, {
    workflow_id: run.workflowId,
    first_run_id: run.firstRunId,
    scenario_type: run.scenarioType,
    plan_key: run.planKey,
    as_of: run.asOf,
    now: run.now,
  });
}

/** Counts what became of a batch's notifications so far, and keeps the counts with it for its runs. */
export async function countBatch(db: Kysely<Database>, batchKey: string, now: Date): Promise<BatchState> {
  return must(await first(db, countBatchStatement, { batch_key: batchKey, now }));
}

/** Sums a sweep's batches into its runs, ends those where `end` is given, and returns the sums by scenario type. */
export async function sumRun(
  db: Kysely<Database>,
  run: {
    readonly workflowId: string;
    readonly firstRunId: string;
    readonly end: { readonly at: Date; readonly state: EndState } | null;
  },
): Promise<Map<ScenarioType, ScenarioCounts>> {
  const rows = await all(db, countRunStatement, {
    workflow_id: run.workflowId,
    first_run_id: run.firstRunId,
    batch_keys: [],
    finished_at: run.end?.at ?? null,
    end_state: run.end?.state ?? null,
  });
  return new Map(rows.map(({ scenario_type, ...counts }) => [scenario_type, counts]));
}

/** Sums the ended runs again that these batches belong to, after one of them was settled late. */
export async function sumFinishedRuns(db: Kysely<Database>, batchKeys: readonly string[]): Promise<void> {
  await all(db, countRunStatement, {
    workflow_id: null,
    first_run_id: null,
    batch_keys: batchKeys,
    finished_at: null,
    end_state: null,
  });
}

/** Sweeps that began before `startedBefore` and have not ended, the oldest first. */
export async function openRuns(db: Kysely<Database>, startedBefore: Date, most: number): Promise<OpenRun[]> {
  return db
    .selectFrom('evaluation_runs')
    .select(['workflow_id', 'first_run_id'])
    .where('finished_at', 'is', null)
    .where('started_at', '<', startedBefore)
    .groupBy(['workflow_id', 'first_run_id'])
    .orderBy((eb) => eb.fn.min('started_at'))
    .limit(most)
    .execute();
}
