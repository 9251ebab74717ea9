import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { migrateUp } from '../../db/migrate.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { EXPECTED, FUNCTIONS } from './expected.ts';
import { actualFunctions, actualGrants, expectedGrants } from './grants.ts';
import { tryTable } from './matrix.ts';
import { OLD_POSTGRES, oldPostgresDatabase } from './old-postgres.ts';
import { VIEWERS } from './viewers.ts';
import { createWorld, TABLES } from './world.ts';

type Closing = { pool: pg.Pool; drop(): Promise<void> };

/** What Supabase gives to everybody as soon as something is made in public. */
async function likeSupabase(): Promise<TestDatabase> {
  const database = await createDatabase({ migrated: false });
  for (const what of ['tables', 'functions', 'sequences']) {
    await database.pool.query(
      `alter default privileges in schema public grant all on ${what} to anon, authenticated, service_role`,
    );
  }
  await migrateUp(database.db);
  return database;
}

const tables = Object.keys(EXPECTED);
const untested = test.skip;

describe.each<[string, null | (() => Promise<Closing>)]>([
  ['the tests’ PostgreSQL', createDatabase],
  ['a database whose default privileges are Supabase’s', likeSupabase],
  [OLD_POSTGRES.name, OLD_POSTGRES.folder === null ? null : oldPostgresDatabase],
])('on %s', (_, create) => {
  if (create === null) {
    untested('NOT TESTED: no such PostgreSQL on this machine; install postgresql-15 or set TEST_POSTGRES_15', () => {});
    return;
  }
  let database: Closing;
  let client: pg.PoolClient;
  let cells = 0;
  beforeAll(async () => {
    database = await create();
    client = await database.pool.connect();
    await client.query('begin');
    await createWorld(client);
  });
  afterAll(async () => {
    client?.release(true);
    await database?.drop();
  });

  test.each(tables)('everybody may do with %s what the matrix says, and no more', async (table) => {
    const { expected, actual, cells: tried } = await tryTable(client, table);
    expect(actual).toEqual(expected);
    cells += tried;
  });

  test('the matrix is no smaller than it was', () => {
    process.stderr.write(`matrix: ${cells} cells, ${tables.length} tables, ${Object.keys(VIEWERS).length} viewers\n`);
    expect(tables.length).toBeGreaterThanOrEqual(22);
    expect(Object.keys(VIEWERS).length).toBeGreaterThanOrEqual(13);
    expect(cells).toBeGreaterThanOrEqual(4_082);
  });

  test('every table and view is in the matrix, and has row-level security, or the policies of whoever asks', async () => {
    const { rows } = await client.query<{ name: string; secured: boolean }>(
      `select relname as name,
         case relkind when 'v' then coalesce('security_invoker=true' = any (reloptions), false) else relrowsecurity end as secured
       from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')`,
    );
    expect(rows.map((row) => row.name).sort()).toEqual([...tables].sort());
    expect(Object.keys(TABLES).sort()).toEqual([...tables].sort());
    expect(rows.filter((row) => !row.secured)).toEqual([]);
  });

  test('nobody has a right to a table or column that the matrix does not use', async () => {
    expect(await actualGrants(client)).toEqual(expectedGrants());
  });

  test('each function is called by whom it is for, and by nobody else', async () => {
    expect(await actualFunctions(client)).toEqual(FUNCTIONS);
  });

  test('nothing else is there that could be forgotten', async () => {
    const { rows } = await client.query(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('public', 'scenario_push') and (c.relkind in ('m', 'S', 'f') or (c.relkind = 'v' and n.nspname <> 'public'))`,
    );
    expect(rows).toEqual([]);
  });

  test('the schema scenario_push is open to the worker alone', async () => {
    const { rows } = await client.query<{ line: string }>(
      `select case grantee when 0 then 'PUBLIC' else pg_get_userbyid(grantee)::text end || ' ' || lower(privilege_type) as line
       from pg_namespace cross join lateral aclexplode(nspacl) where nspname = 'scenario_push' and grantee <> nspowner`,
    );
    expect(rows).toEqual([{ line: 'scenario_push_worker usage' }]);
  });

  test('each policy is for the signed in, the worker or the rule writer, by name', async () => {
    const { rows } = await client.query<{ roles: string[] }>(
      `select array(select rolname::text from pg_roles where oid = any (polroles)) as roles, polroles from pg_policy`,
    );
    expect(new Set(rows.map((row) => row.roles.join()))).toEqual(
      new Set(['authenticated', 'scenario_push_rule_writer', 'scenario_push_worker']),
    );
  });

  test('the worker is no superuser, passes no row-level security by, and cannot log in by itself', async () => {
    const { rows } = await client.query(
      `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin from pg_roles
       where rolname = 'scenario_push_worker'`,
    );
    expect(rows).toEqual([
      {
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        rolcanlogin: false,
      },
    ]);
  });

  test('functions that run as their owner find nothing of their caller’s', async () => {
    const { rows } = await client.query<{ name: string; settings: string[] }>(
      `select p.oid::regprocedure::text as name, p.proconfig as settings
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname in ('public', 'scenario_push') and p.prosecdef`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(7);
    expect(rows.filter(({ settings }) => !settings?.includes('search_path=pg_catalog, pg_temp'))).toEqual([]);
  });
});
