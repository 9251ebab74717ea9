import type { Kysely } from 'kysely';
import type { SqlParameters, SqlStatement } from './sql-file.ts';
import type { Database } from './tables.ts';

export async function all<Row>(
  db: Kysely<Database>,
  make: SqlStatement<Row>,
  parameters: SqlParameters,
): Promise<Row[]> {
  return (await db.executeQuery(make(parameters))).rows;
}

export async function first<Row>(
  db: Kysely<Database>,
  make: SqlStatement<Row>,
  parameters: SqlParameters,
): Promise<Row | undefined> {
  return (await all(db, make, parameters))[0];
}

export function must<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new Error('expected a row, got none');
  return row;
}
