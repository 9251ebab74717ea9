import { sql, type Kysely, type Transaction } from 'kysely';
import type { Database } from './tables.ts';

/** The server process that runs a transaction's statements. */
export async function backendOf(tx: Transaction<Database>): Promise<number> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
  return rows[0]!.pid;
}

/** Ends the statement that a server process runs now. Of a process that runs none, or is gone, nothing ends. */
export async function cancelStatementOf(db: Kysely<Database>, backend: number): Promise<void> {
  await sql`select pg_cancel_backend(${backend})`.execute(db);
}
