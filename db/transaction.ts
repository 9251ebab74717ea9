import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely, type Transaction } from 'kysely';
import { GIVE_WAY_FOR, LOCK_WAIT } from '../domain/timing.ts';
import { isLockTimeout, isWorthRepeating } from './repository-exception.ts';
import type { Database } from './tables.ts';

const TRIES = 4;
const PAUSE = { first: 50, longest: 2_000 };

/** `waitedMs`: how long others have been given way to; what was asked for is by so much older. */
export type Work<T> = (tx: Transaction<Database>, waitedMs: number) => Promise<T>;

/**
 * Runs `work` in a transaction; deadlocks, serialization failures and people who were deleted meanwhile are cured by
 * running it again, and so is a lock that it did not get within `lock_timeout`, for `patienceMs` (default: 0). Read
 * committed, whatever the database's default: who waited for a lock must see what the one before has committed.
 */
export async function inTransaction<T>(
  db: Kysely<Database>,
  work: Work<T>,
  { patienceMs = 0 }: { readonly patienceMs?: number } = {},
): Promise<T> {
  if (db.isTransaction) return work(db as Transaction<Database>, 0);
  const began = performance.now();
  let [waitedMs, pause] = [0, PAUSE.first];
  for (let tried = 1; ;) {
    let cause: unknown;
    try {
      return await db
        .transaction()
        .setIsolationLevel('read committed')
        .execute((tx) => work(tx, waitedMs).catch((error: unknown) => Promise.reject((cause = error))));
    } catch (error) {
      // On a broken connection the rollback fails as well; what broke it says more.
      cause ??= error;
      if (isLockTimeout(cause) && performance.now() - began < patienceMs) {
        await sleep(pause);
        pause = Math.min(2 * pause, PAUSE.longest);
      } else if (tried++ === TRIES || !isWorthRepeating(cause)) throw cause;
      waitedMs = performance.now() - began;
    }
  }
}

/** {@link inTransaction} for work that locks rows of many people: it lets go rather than have others wait in a circle. */
export function givingWay<T>(db: Kysely<Database>, work: Work<T>): Promise<T> {
  const waitLittle: Work<T> = async (tx, waitedMs) => {
    await sql`select set_config('lock_timeout', ${String(LOCK_WAIT)}, true)`.execute(tx);
    return work(tx, waitedMs);
  };
  return inTransaction(db, db.isTransaction ? work : waitLittle, { patienceMs: GIVE_WAY_FOR });
}

/** Runs `work`, which only reads, on one state of the database; within a transaction of the caller's, in that. */
export async function inSnapshot<T>(db: Kysely<Database>, work: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
  if (db.isTransaction) return work(db as Transaction<Database>);
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);
}
