import type { Kysely, Transaction } from 'kysely';
import { isWorthRepeating } from './repository-exception.ts';
import type { Database } from './tables.ts';

const TRIES = 4;

/**
 * Runs `work` in a transaction; deadlocks, serialization failures and people who were deleted meanwhile are cured by
 * running it again. Read committed, whatever the database's default: who waited for a lock must see what the one before
 * has committed.
 */
export async function inTransaction<T>(
  db: Kysely<Database>,
  work: (tx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  if (db.isTransaction) return work(db as Transaction<Database>);
  for (let tried = 1; ; tried++) {
    let cause: unknown;
    try {
      return await db
        .transaction()
        .setIsolationLevel('read committed')
        .execute((tx) => work(tx).catch((error: unknown) => Promise.reject((cause = error))));
    } catch (error) {
      // On a broken connection the rollback fails as well; what broke it says more.
      cause ??= error;
      if (tried === TRIES || !isWorthRepeating(cause)) throw cause;
    }
  }
}

/** Runs `work`, which only reads, on one state of the database; within a transaction of the caller's, in that. */
export async function inSnapshot<T>(db: Kysely<Database>, work: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
  if (db.isTransaction) return work(db as Transaction<Database>);
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);
}
