import type { Kysely } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

export const countRun = statementFromFile<ScenarioCounts & { scenario_type: ScenarioType }>('count-run');

/** Sums again the runs that these batches belong to. */
export async function recountRuns(db: Kysely<Database>, batchKeys: readonly string[]): Promise<void> {
  await all(db, countRun, { workflow_id: null, first_run_id: null, batch_keys: batchKeys, finished_at: null });
}
