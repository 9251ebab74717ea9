import { afterEach, describe, expect, test } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { sql } from 'kysely';
import { assertSchemaCurrent, migrateDown, migrateUp, migrationStatus, schemaVersion } from '../../db/migrate.ts';
import { dumpSchema } from '../../db/schema-dump.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createOwnTables, mentorId, ownRows } from './own-tables.ts';

const open: TestDatabase[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((database) => database.drop()));
});

async function setup(options: { migrated: boolean; ownTables?: boolean }): Promise<TestDatabase> {
  const database = await createDatabase({ migrated: options.migrated });
  open.push(database);
  if (options.ownTables) await createOwnTables(database.pool);
  return database;
}

async function rules(database: TestDatabase): Promise<unknown[]> {
  const { rows } = await database.pool.query('select * from public.scenario_rules order by scenario_type collate "C"');
  return rows;
}

async function everything(database: TestDatabase): Promise<string[]> {
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

const folder = new URL('../../migrations/', import.meta.url);
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.sql'))
  .sort();
const sqlOf = (path: string): string => readFileSync(new URL(path, folder), 'utf8');

describe('the files', () => {
  test('are named YYYYMMDDHHMMSS_name.sql, and each has its way down', () => {
    expect(files.filter((file) => !/^\d{14}_[a-z_]+\.sql$/.test(file))).toEqual([]);
    expect(readdirSync(new URL('down/', folder)).sort()).toEqual(files);
  });

  test('open with a comment that states their contract', () => {
    const bare = [...files, ...files.map((file) => `down/${file}`)].filter((file) => !sqlOf(file).startsWith('-- '));
    expect(bare).toEqual([]);
  });

  test('create at most one table each, guarded, and close it there and then', () => {
    for (const file of files) {
      const tables = [...sqlOf(file).matchAll(/create table (if not exists )?public\.(\w+)/g)];
      expect({ file, tables: tables.length }).toEqual({ file, tables: tables.length ? 1 : 0 });
      for (const [, guard, table] of tables) {
        expect({ file, guard }).toEqual({ file, guard: 'if not exists ' });
        const closes = new RegExp(
          `revoke all on table public\\.${table} from public, anon, authenticated|scenario_push\\.(?:created|close_table)\\('${table}'`,
        );
        expect(sqlOf(file)).toMatch(closes);
      }
    }
  });
});

describe('on an empty database', () => {
  test('running every file twice changes nothing', async () => {
    const database = await setup({ migrated: true });
    const [schema, defaults] = [await dumpSchema(database.pool), await rules(database)];
    for (const file of files) await database.pool.query(sqlOf(file));
    expect(await dumpSchema(database.pool)).toBe(schema);
    expect(await rules(database)).toEqual(defaults);
  });

  test('a second migrate up has nothing to do', async () => {
    const database = await setup({ migrated: true });
    expect(await migrateUp(database.db)).toEqual([]);
  });

  test('all the way down leaves nothing behind, twice as well as once', async () => {
    const database = await setup({ migrated: true });
    const undone = await migrateDown(database.db, { steps: 'all' });
    expect(undone.map((step) => `${step.name}.sql`)).toEqual([...files].reverse());
    expect(await everything(database)).toEqual([]);
    for (const file of [...files].reverse()) await database.pool.query(sqlOf(`down/${file}`));
    expect(await everything(database)).toEqual([]);
  });

  test('up after all the way down gives the same schema', async () => {
    const database = await setup({ migrated: true });
    const schema = await dumpSchema(database.pool);
    await migrateDown(database.db, { steps: 'all' });
    await migrateUp(database.db);
    expect(await dumpSchema(database.pool)).toBe(schema);
  });

  test('every single step down and up again gives the same schema', async () => {
    const database = await setup({ migrated: true });
    const schema = await dumpSchema(database.pool);
    for (let steps = 1; steps <= files.length; steps += 4) {
      expect(await migrateDown(database.db, { steps })).toHaveLength(steps);
      expect(await migrateUp(database.db)).toHaveLength(steps);
      expect(await dumpSchema(database.pool)).toBe(schema);
    }
  });

  test('two processes that migrate at once do it once', async () => {
    const database = await setup({ migrated: false });
    const [first, second] = await Promise.all([migrateUp(database.db), migrateUp(database.db)]);
    expect(first.length + second.length).toBe(files.length);
  });

  test('two databases of one cluster can be migrated, and taken down, at once', async () => {
    const databases = await Promise.all([1, 2, 3].map(() => setup({ migrated: false })));
    await Promise.all(databases.map((database) => migrateUp(database.db)));
    await Promise.all(databases.slice(1).map((database) => migrateDown(database.db, { steps: 'all' })));
    // The first one still needs the roles that the others may have made.
    await databases[0]!.pool.query('begin; set local role authenticated; select auth.uid(); rollback');
  });

  test('the defaults are there for everybody', async () => {
    const database = await setup({ migrated: true });
    const common = {
      id: expect.any(String),
      organization_id: null,
      chapter_id: null,
      enabled: true,
      on_unknown: 'resend',
      starts_on: null,
    };
    const all = await rules(database);
    expect(all).toHaveLength(SCENARIO_TYPES.length);
    const first = [
      { ...common, scenario_type: 'certification_expiry', cooldown_minutes: 0, parameters: { lead_days: [60, 30, 7] } },
      {
        ...common,
        scenario_type: 'inactivity',
        cooldown_minutes: 20160,
        parameters: { inactive_days: 30, max_reminders: 3 },
      },
      {
        ...common,
        scenario_type: 'milestone',
        cooldown_minutes: 0,
        parameters: { thresholds: [50, 100, 200], summary_max_age_hours: 48 },
      },
      {
        ...common,
        scenario_type: 'welcome_back',
        cooldown_minutes: 43200,
        parameters: { gap_days: 30, recent_days: 7 },
      },
    ];
    expect(all).toEqual(expect.arrayContaining(first));
  });

  test('everybody is notified from 08:00 to 21:00, however often', async () => {
    const database = await setup({ migrated: false });
    await migrateUp(database.db);
    const { rows } = await database.pool.query('select * from public.delivery_policies');
    expect(rows).toEqual([
      {
        id: expect.any(String),
        organization_id: null,
        chapter_id: null,
        send_from: '08:00:00',
        send_until: '21:00:00',
        max_notifications: null,
        per_days: 7,
      },
    ]);
  });

  test('a default that an operator changed stays changed', async () => {
    const database = await setup({ migrated: true });
    await database.pool.query(
      `update public.scenario_rules set cooldown_minutes = 5 where scenario_type = 'inactivity'`,
    );
    for (const file of files) await database.pool.query(sqlOf(file));
    expect(await rules(database)).toContainEqual(
      expect.objectContaining({ scenario_type: 'inactivity', cooldown_minutes: 5 }),
    );
  });
});

describe('auth.uid()', () => {
  test.each([
    ['unset', undefined, null],
    ['empty', '', null],
    ['without a subject', '{}', null],
    ['of somebody', `{"sub": "${mentorId}"}`, mentorId],
  ])('with claims %s', async (_, claims, expected) => {
    const { pool } = await setup({ migrated: true });
    const client = await pool.connect();
    try {
      if (claims !== undefined) await client.query(`select set_config('request.jwt.claims', $1, false)`, [claims]);
      expect((await client.query('select auth.uid() as uid')).rows).toEqual([{ uid: expected }]);
    } finally {
      client.release();
    }
  });
});

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

describe('the version of the schema', () => {
  test('is current after migrate up', async () => {
    const { db } = await setup({ migrated: true });
    await expect(assertSchemaCurrent(db)).resolves.toBeUndefined();
    expect((await migrationStatus(db)).map((migration) => migration.appliedAt)).toEqual(
      files.map(() => expect.any(Date)),
    );
  });

  test('is behind by one after one step down, and the error says what to run', async () => {
    const { db } = await setup({ migrated: true });
    await migrateDown(db);
    const { all, expected } = schemaVersion();
    await expect(assertSchemaCurrent(db)).rejects.toMatchObject({
      code: 'E_SCHEMA_BEHIND',
      message: `E_SCHEMA_BEHIND: database is at ${all.at(-2)}, this build needs ${expected}; run "scenario-push migrate up"`,
    });
    expect((await migrationStatus(db)).filter((migration) => migration.appliedAt === null)).toHaveLength(1);
  });

  test('is behind on an empty database, which asking does not touch', async () => {
    const database = await setup({ migrated: false });
    await expect(assertSchemaCurrent(database.db)).rejects.toThrow('E_SCHEMA_BEHIND: database is not migrated yet');
    expect((await migrationStatus(database.db)).every((migration) => migration.appliedAt === null)).toBe(true);
    expect(await everything(database)).toEqual([]);
  });

  test('can be asked for by a role that may read nothing else', async () => {
    const { pool, db } = await setup({ migrated: true });
    await pool.query(
      'grant usage on schema scenario_push to anon; grant execute on function scenario_push.applied_versions() to anon',
    );
    await db.transaction().execute(async (tx) => {
      await sql`set local role anon`.execute(tx);
      await expect(assertSchemaCurrent(tx)).resolves.toBeUndefined();
    });
    // The roles belong to the cluster, the grant to this database, which is dropped.
  });

  test('the history of migrations is closed to anon and authenticated', async () => {
    const { pool } = await setup({ migrated: true });
    const { rows } = await pool.query(`
      select r as role, has_schema_privilege(r, 'scenario_push', 'usage') as schema,
        has_table_privilege(r, 'scenario_push.kysely_migration', 'select, insert, update, delete') as history
      from unnest(array['anon', 'authenticated']) as r`);
    expect(rows).toEqual([
      { role: 'anon', schema: false, history: false },
      { role: 'authenticated', schema: false, history: false },
    ]);
  });
});
