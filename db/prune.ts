import type { Kysely } from 'kysely';
import { guard } from './repository-exception.ts';
import { first, must } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** Rows. */
export interface PrunedBatches {
  readonly batches: number;
  readonly claims: number;
  readonly attempts: number;
}

export interface Prunable extends PrunedBatches {
  readonly skips: number;
  readonly budgets: number;
}

/** In one transaction. Each step looks at all batches again to find the next, so that few steps are cheaper than small ones. */
const BATCHES_AT_A_TIME = 250;

const count = statementFromFile<Prunable>('prunable-batches', 'count-prunable');
const prune = statementFromFile<PrunedBatches>('prunable-batches', 'prune-batches');

/** What {@link pruneBefore} would remove now. Throws ScenarioRepositoryException. */
export async function countPrunable(db: Kysely<Database>, before: Date): Promise<Prunable> {
  return guard('countPrunable', async () => must(await first(db, count, { before })));
}

/**
 * Removes what was settled before an instant and decides nothing any more: batches with their claims and attempts, `atATime`
 * in a transaction, what reminds of skips, and budgets and brakes of sweeps. Records, the log and runs stay. May be interrupted and
 * repeated.
 * Throws ScenarioRepositoryException.
 */
export async function pruneBefore(
  db: Kysely<Database>,
  before: Date,
  onProgress: (soFar: PrunedBatches) => void = () => {},
  atATime = BATCHES_AT_A_TIME,
): Promise<Prunable> {
  return guard('pruneBefore', async () => {
    let total: PrunedBatches = { batches: 0, claims: 0, attempts: 0 };
    for (;;) {
      const step = must(await first(db, prune, { before, most: atATime }));
      if (step.batches === 0) break;
      total = {
        batches: total.batches + step.batches,
        claims: total.claims + step.claims,
        attempts: total.attempts + step.attempts,
      };
      onProgress(total);
    }
    const skips = await db.deleteFrom('logged_skips').where('logged_at', '<', before).executeTakeFirst();
    const budgets = await db.deleteFrom('sweep_budgets').where('created_at', '<', before).executeTakeFirst();
    await db.deleteFrom('sweep_brakes').where('planned_at', '<', before).execute();
    return { ...total, skips: Number(skips.numDeletedRows), budgets: Number(budgets.numDeletedRows) };
  });
}
