import type { Kysely } from 'kysely';
import type { BrakeState } from '../domain/brake.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import { guard } from './repository-exception.ts';
import type { EndState } from './runs.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

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
}

const list = statementFromFile<Run>('list-runs');

/** The latest first. Throws {@link ScenarioRepositoryException}. */
export async function listRuns(db: Kysely<Database>, most: number): Promise<Run[]> {
  return guard('listRuns', () => all(db, list, { workflow_id: null, most }));
}

/** Of every sweep that had this workflow id. Throws {@link ScenarioRepositoryException}. */
export async function runsOfSweep(db: Kysely<Database>, workflowId: string): Promise<Run[]> {
  return guard('runsOfSweep', () => all(db, list, { workflow_id: workflowId, most: null }));
}
