import type { Kysely } from 'kysely';
import { guard } from './repository-exception.ts';
import { countBatch, sumFinishedRuns } from './runs.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** A notification that may have been delivered and is not tried again until an operator decides. */
export interface HeldNotification {
  readonly idempotency_key: string;
  readonly user_id: string;
  readonly scenario_type: string;
  readonly occurrence: string;
  readonly triggered_at: Date;
  readonly dispatched_at: Date | null;
  readonly held_at: Date;
  readonly attempts: number;
  readonly error_codes: readonly string[];
}

type Decided = { readonly idempotency_key: string; readonly batch_key: string };

const list = statementFromFile<HeldNotification>('list-held');
const decisions = {
  settle: statementFromFile<Decided>('settle-held'),
  release: statementFromFile<Decided>('release-held'),
};

export async function listHeld(db: Kysely<Database>, most: number): Promise<HeldNotification[]> {
  return guard('listHeld', () => all(db, list, { most }));
}

/**
 * `settle`: it arrived, the record becomes `sent`. `release`: it did not, the record goes and the next evaluation may
 * send it. Returns the keys that were held; the others are left alone.
 */
export async function decideHeld(
  db: Kysely<Database>,
  decision: keyof typeof decisions,
  idempotencyKeys: readonly string[],
  now: Date,
): Promise<string[]> {
  return guard(`${decision}Held`, () =>
    inTransaction(db, async (tx) => {
      const decided = await all(tx, decisions[decision], { idempotency_keys: idempotencyKeys, now });
      if (decided.length === 0) return [];
      const batchKeys = [...new Set(decided.map((row) => row.batch_key))];
      for (const batchKey of batchKeys) await countBatch(tx, batchKey, now);
      await sumFinishedRuns(tx, batchKeys);
      return decided.map((row) => row.idempotency_key);
    }),
  );
}
