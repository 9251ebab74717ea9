import type { Kysely } from 'kysely';
import type { BrakeState } from '../domain/brake.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import { guard } from './repository-exception.ts';
import type { EndState } from './runs.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** A number for each code, the most frequent first. */
export type Failures = Readonly<Record<string, number>>;

/** What one sweep did for one scenario type. Where it has not ended, its counts are those of now. */
export interface Run extends ScenarioCounts {
  readonly id: string;
  readonly workflow_id: string;
  readonly first_run_id: string;
  readonly scenario_type: ScenarioType;
  readonly as_of: Date;
  readonly plan_key: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly end_state: EndState | null;
  readonly state: EndState | 'running' | 'braked';
  /** Null where it never was. Instants as PostgreSQL writes them in JSON. */
  readonly brake: {
    readonly state: BrakeState;
    readonly expected: number;
    readonly usual: number;
    readonly sweeps: number;
    readonly braked_at: string;
    readonly answered_at: string | null;
  } | null;
  /** How many batches' worth of claims is decided; null once it has ended. */
  readonly settled_batches: number | null;
}

/** One more than anybody wants to read. */
const MOST_LISTED = 21;

const list = statementFromFile<Run>('list-runs');
const failures = statementFromFile<{ id: string; failures: Failures }>('failures-of-runs');

/** The latest first. Throws {@link ScenarioRepositoryException}. */
export async function listRuns(db: Kysely<Database>, most: number): Promise<Run[]> {
  return guard('listRuns', () => all(db, list, { workflow_id: null, most }));
}

/** Of every sweep that had this workflow id. Throws {@link ScenarioRepositoryException}. */
export async function runsOfSweep(db: Kysely<Database>, workflowId: string): Promise<Run[]> {
  return guard('runsOfSweep', () => all(db, list, { workflow_id: workflowId, most: null }));
}

/** What notifications of these runs failed with, by run id; a run is absent where none did. Throws {@link ScenarioRepositoryException}. */
export async function failuresOfRuns(db: Kysely<Database>, runIds: readonly string[]): Promise<Map<string, Failures>> {
  if (runIds.length === 0) return new Map();
  const rows = await guard('failuresOfRuns', () => all(db, failures, { run_ids: runIds }));
  return new Map(rows.map((row) => [row.id, mostFirst(row.failures)]));
}

/**
 * The workflow ids of sweeps that begin so, the latest first and 21 at most; the one that is the whole text comes alone.
 * Throws {@link ScenarioRepositoryException}.
 */
export async function sweepsLike(db: Kysely<Database>, text: string): Promise<string[]> {
  const rows = await guard('sweepsLike', () =>
    db
      .selectFrom('evaluation_runs')
      .select('workflow_id')
      .where((eb) => eb(eb.fn('starts_with', ['workflow_id', eb.val(text)]), '=', true))
      .groupBy('workflow_id')
      .orderBy((eb) => eb('workflow_id', '=', text), 'desc')
      .orderBy((eb) => eb.fn.max('started_at'), 'desc')
      .limit(MOST_LISTED)
      .execute(),
  );
  const ids = rows.map(({ workflow_id }) => workflow_id);
  return ids.includes(text) ? [text] : ids;
}

function mostFirst(counts: Failures): Failures {
  return Object.fromEntries(Object.entries(counts).sort(([, a], [, b]) => b - a));
}
