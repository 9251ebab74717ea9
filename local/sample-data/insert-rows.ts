import { sql, type Transaction } from 'kysely';
import type { Database } from '../../db/tables.ts';

/** Rows a statement: an array of this many ids is a parameter of about two megabytes. */
const ROWS_PER_STATEMENT = 50_000;

/**
 * Inserts rows in bulk, one array a column.
 * @param types PostgreSQL's type of each column; every row has these keys
 */
export async function insertRows<Column extends string>(
  tx: Transaction<Database>,
  table: keyof Database,
  types: Readonly<Record<Column, string>>,
  rows: readonly Readonly<Record<Column, unknown>>[],
): Promise<void> {
  const columns = Object.keys(types) as Column[];
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
    const some = rows.slice(at, at + ROWS_PER_STATEMENT);
    const arrays = columns.map((column) => sql`${some.map((row) => row[column])}::${sql.raw(types[column])}[]`);
    await sql`
      insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
      select * from unnest(${sql.join(arrays)})`.execute(tx);
  }
}
