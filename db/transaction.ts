import type { Kysely, Transaction } from 'kysely';
import { isLockTimeout, isWorthRepeating } from './repository-exception.ts';
import type { Database } from './tables.ts';

const TRIES = 4;

/**
 * For work that sets a short `lock_timeout` (hold-for-share.sql, affordable.ts): it lets go of what it has locked and starts again, for a
 * minute at most. Of two transactions that wait for each other, PostgreSQL ends the one that has waited for a second. That
 * is never to be one of the organisation's: nobody there expects to be refused because of a push notification.
 */
export const GIVING_WAY = { patienceMs: 60_000 };

/**
 * Runs `work` in a transaction; deadlocks, serialization failures and people who were deleted meanwhile are cured by
 * running it again, and so is a lock that it did not get, for `patienceMs` (default: 0). Read committed, whatever the
 * database's default: who waited for a lock must see what the one before has committed.
 */
export async function inTransaction<T>(
  db: Kysely<Database>,
  work: (tx: Transaction<Database>) => Promise<T>,
  { patienceMs = 0 } = {},
): Promise<T> {
  if (db.isTransaction) return work(db as Transaction<Database>);
  const until = performance.now() + patienceMs;
  for (let tried = 1; ;) {
    let cause: unknown;
    try {
      return await db
        .transaction()
        .setIsolationLevel('read committed')
        .execute((tx) => work(tx).catch((error: unknown) => Promise.reject((cause = error))));
    } catch (error) {
      // On a broken connection the rollback fails as well; what broke it says more.
      cause ??= error;
      if (isLockTimeout(cause) && performance.now() < until) continue;
      if (tried++ === TRIES || !isWorthRepeating(cause)) throw cause;
    }
  }
}

/** Runs `work`, which only reads, on one state of the database; within a transaction of the caller's, in that. */
export async function inSnapshot<T>(db: Kysely<Database>, work: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
  if (db.isTransaction) return work(db as Transaction<Database>);
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);
}
