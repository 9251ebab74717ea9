import { describe, expect, test } from '@jest/globals';
import { migrateDown, migrateUp } from '../../db/migrate.ts';
import { dumpSchema } from '../../db/schema-dump.ts';
import { databasesOfEachTest, files, sqlOf } from './migrating.ts';
import { ownRows } from './own-tables.ts';

const setup = databasesOfEachTest();

describe('on a database with users, chapters and activities of its own', () => {
  test('rows, comments, privileges and policies stay as they were, and the worker gets one of its own', async () => {
    const database = await setup({ migrated: false, ownTables: true });
    const rows = await ownRows(database.pool);
    await migrateUp(database.db);
    expect(await ownRows(database.pool)).toEqual(rows);
    const {
      rows: [users],
    } = await database.pool.query(`
      select obj_description('public.users'::regclass) as comment, has_table_privilege('anon', 'public.users', 'select') as readable,
        array(select polname::text from pg_policy where polrelid = 'public.users'::regclass order by polname collate "C") as policies`);
    const policies = ['everybody sees everybody', 'scenario-push worker reads'];
    expect(users).toEqual({ comment: 'Everybody who may sign in.', readable: true, policies });
    const {
      rows: [activities],
    } = await database.pool.query(`select relrowsecurity from pg_class where oid = 'public.activities'::regclass`);
    expect(activities).toEqual({ relrowsecurity: false });
  });

  test('missing columns are added with the default of the contract', async () => {
    const database = await setup({ migrated: false, ownTables: true });
    await migrateUp(database.db);
    const { rows } = await database.pool.query(`
      select u.status, u.locale, u.created_at is not null as created, c.organization_id
      from public.users as u join public.chapters as c on c.id = u.chapter_id`);
    expect(rows).toEqual([{ status: 'active', locale: 'nb', created: true, organization_id: null }]);
  });

  test('running every file twice changes nothing', async () => {
    const database = await setup({ migrated: false, ownTables: true });
    await migrateUp(database.db);
    const schema = await dumpSchema(database.pool);
    for (const file of files) await database.pool.query(sqlOf(file));
    expect(await dumpSchema(database.pool)).toBe(schema);
  });

  test('down takes back what was added and nothing else', async () => {
    const database = await setup({ migrated: false, ownTables: true });
    const [schema, rows] = [await dumpSchema(database.pool), await ownRows(database.pool)];
    await migrateUp(database.db);
    await migrateDown(database.db, { steps: 'all' });
    expect(await dumpSchema(database.pool)).toBe(schema);
    expect(await ownRows(database.pool)).toEqual(rows);
  });

  test('the barest form of every table gets all columns of the contract, and is given back bare', async () => {
    const [database, fresh] = await Promise.all([setup({ migrated: false }), setup({ migrated: true })]);
    await database.pool.query(`
      create table public.organizations (id uuid primary key);
      create table public.chapters (id uuid primary key);
      create table public.users (id uuid primary key);
      create table public.activities (user_id uuid);
      create table public.annual_summary (user_id uuid);
      create table public.certifications (user_id uuid);
      create table public.device_tokens (user_id uuid);
      create table public.notification_preferences (user_id uuid);
      insert into public.device_tokens values (null)`);
    const bare = await dumpSchema(database.pool);
    const columns = `select table_name, column_name, data_type from information_schema.columns
      where table_schema = 'public' and (table_name, column_name) not in (('activities', 'id'), ('activities', 'created_at'))
      order by table_name collate "C", column_name collate "C"`;
    await migrateUp(database.db);
    expect((await database.pool.query(columns)).rows).toEqual((await fresh.pool.query(columns)).rows);
    await migrateDown(database.db, { steps: 'all' });
    expect(await dumpSchema(database.pool)).toBe(bare);
  });

  test('down keeps a table that it created once its comment says something else', async () => {
    const database = await setup({ migrated: true });
    await database.pool.query(`comment on table public.certifications is 'Ours now.'`);
    await migrateDown(database.db, {
      steps: files.length - files.findIndex((file) => file.endsWith('_certifications.sql')),
    });
    const { rows } = await database.pool.query(`select to_regclass('public.certifications')::text as name`);
    expect(rows).toEqual([{ name: 'certifications' }]);
  });

  test('an index that does the same is not made again', async () => {
    const database = await setup({ migrated: false, ownTables: true });
    await database.pool.query('create index by_mentor on public.activities (user_id, activity_date)');
    await migrateUp(database.db);
    const { rows } = await database.pool.query(
      `select indexname from pg_indexes where tablename = 'activities' order by indexname collate "C"`,
    );
    expect(rows).toEqual([{ indexname: 'activities_pkey' }, { indexname: 'by_mentor' }]);
  });

  test.each([
    [
      'a bigint id',
      'create table public.users (id bigint primary key, role text)',
      /E_MIGRATION_FAILED: \d{14}_users\.sql: public\.users\.id has type bigint, expected uuid \(.*alter table public\.users.*\); nothing was changed/,
    ],
    [
      'a date kept as text',
      'create table public.certifications (id uuid, expires_on text)',
      /public\.certifications\.expires_on has type text, expected date/,
    ],
    [
      'an enum that does not know coordinators',
      `create type r as enum ('peer_mentor'); create table public.users (id uuid primary key, role r)`,
      /public\.users\.role has type (public\.)?r, expected text/,
    ],
    [
      'an id that is not unique',
      'create table public.chapters (id uuid)',
      /public\.chapters\.id is not unique, expected a primary key or a unique constraint \(.*add primary key/,
    ],
    [
      'a view in the place of a table',
      'create view public.activities as select 1 as id',
      /public\.activities is not a table/,
    ],
  ])('%s is refused in words, and nothing is changed', async (_, table, message) => {
    const database = await setup({ migrated: false });
    await database.pool.query(table);
    const before = await dumpSchema(database.pool);
    await expect(migrateUp(database.db)).rejects.toThrow(message);
    const after = await dumpSchema(database.pool);
    // Kysely makes the schema of its history before it begins.
    expect(after.replace(/^schema scenario_push;\n\n/m, '')).toBe(before);
  });
});
