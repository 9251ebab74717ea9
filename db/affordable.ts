import { sql, type Transaction } from 'kysely';
import { LOCK_WAIT_OF_EVALUATION } from '../domain/timing.ts';
import { sqlStateOf } from './repository-exception.ts';
import type { Database } from './tables.ts';

/** What a statement may write to temporary files, where the worker's role may set it: docs/access.md. */
const MOST_TEMPORARY = '1GB';

/**
 * Out of time, memory, temporary files or PostgreSQL's own limits, or a value that an expression cannot take: what some
 * row of many may be to blame for. Nothing that is the database's or the network's.
 */
const BLAMES_A_ROW = /^(21|22|54|57014$|53200$|53400$)/;

/** `failed`: the SQLSTATE, and nothing of the work is left. */
export type Attempted<T> = { readonly result: T } | { readonly failed: string };

/**
 * Runs `work` in a sub-transaction. What may be the fault of a row is returned, all else thrown.
 */
export async function affordable<T>(tx: Transaction<Database>, work: () => Promise<T>): Promise<Attempted<T>> {
  await sql`select case when current_setting('temp_file_limit') = '-1' and has_parameter_privilege('temp_file_limit', 'set')
      then set_config('temp_file_limit', ${MOST_TEMPORARY}, true) end`.execute(tx);
  await sql`savepoint affordable`.execute(tx);
  try {
    const result = await work();
    await sql`release savepoint affordable`.execute(tx);
    return { result };
  } catch (error) {
    const failed = sqlStateOf(error);
    if (failed === undefined || !BLAMES_A_ROW.test(failed)) throw error;
    await sql`rollback to savepoint affordable`.execute(tx);
    return { failed };
  }
}

/**
 * Runs a statement that evaluates, for `ms` at most. Not the statements around it: what waits for a lock is not to blame
 * for the wait, and gives way before ({@link LOCK_WAIT_OF_EVALUATION}).
 */
export async function within<T>(
  tx: Transaction<Database>,
  ms: number | undefined,
  evaluate: () => Promise<T>,
): Promise<T> {
  if (ms === undefined) return evaluate();
  const { rows } = await sql<{ before: string }>`select current_setting('lock_timeout') as before,
    set_config('statement_timeout', ${String(Math.ceil(ms))}, true),
    set_config('lock_timeout', ${String(LOCK_WAIT_OF_EVALUATION)}, true)`.execute(tx);
  const result = await evaluate();
  await sql`set local statement_timeout to default`.execute(tx);
  await sql`select set_config('lock_timeout', ${rows[0]!.before}, true)`.execute(tx);
  return result;
}
