import { afterEach } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createOwnTables } from './own-tables.ts';

export const folder = new URL('../../migrations/', import.meta.url);
export const files = readdirSync(folder)
  .filter((file) => file.endsWith('.sql'))
  .sort();
export const sqlOf = (path: string): string => readFileSync(new URL(path, folder), 'utf8');

/** Makes databases, each of them for the test that asks. */
export function databasesOfEachTest() {
  const open: TestDatabase[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((database) => database.drop()));
  });
  return async (options: { migrated: boolean; ownTables?: boolean }): Promise<TestDatabase> => {
    const database = await createDatabase({ migrated: options.migrated });
    open.push(database);
    if (options.ownTables) await createOwnTables(database.pool);
    return database;
  };
}

/** Everything that is in a database, by name. */
export async function everything(database: TestDatabase): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(`
    select c.oid::regclass::text as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and c.relkind in ('r', 'p', 'v', 'S')
    union all
    select p.oid::regprocedure::text from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
    where n.nspname not in ('pg_catalog', 'information_schema')
    union all
    select 'schema ' || nspname from pg_namespace where nspname in ('scenario_push', 'auth')
    order by name`);
  return rows.map((row) => row.name);
}
