import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { assertSchemaCurrent } from '../../db/migrate.ts';
import { evaluationParameters } from '../../db/evaluation-request.ts';
import { evaluationStatement } from '../../db/evaluation-statement.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { loadSampleData } from '../../local/sample-data/load-sample-data.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { actualGrants } from './grants.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await loadSampleData(database.db, { asOf, mentors: 2_000 });
  await database.pool.query('alter table users add column email text');
  await database.pool.query('vacuum (analyze)');
});
afterAll(() => database.drop());

describe('the worker cannot', () => {
  test.each([
    ['change the schema', 'alter table scenario_claims add column more text'],
    ['drop a table', 'drop table scenario_claims'],
    ['empty a table', 'truncate scenario_claims'],
    ['make a table in public', 'create table public.mine ()'],
    [
      'make anything in scenario_push',
      'create function scenario_push.mine() returns int language sql as $$ select 1 $$',
    ],
    [
      'replace a function',
      `create or replace function scenario_push.is_timezone(name text) returns boolean language sql as 'select true'`,
    ],
    ['make a role', 'create role mine'],
    ['become the owner', 'set role postgres'],
    ['become the organisation’s server', 'set role service_role'],
    ['make a policy', 'create policy mine on scenario_claims using (true)'],
    ['drop a policy', 'drop policy "worker" on scenario_claims'],
    ['switch row-level security off', 'alter table scenario_claims disable row level security'],
    ['switch triggers off', 'set session_replication_role = replica'],
    ['change a rule', 'update scenario_rules set enabled = false'],
    ['make a rule', `insert into scenario_rules (scenario_type, cooldown_minutes) values ('inactivity', 1)`],
    ['delete a rule', 'delete from scenario_rules'],
    ['lock a rule by itself', 'select from scenario_rules for update'],
    ['read a column that the organisation adds', 'select email from users'],
    ['read all there is about users', 'select * from users'],
    ['read more of activities than the dates', 'select id from activities'],
    ['change a user', `update users set status = 'inactive'`],
    ['change a preference', 'update notification_preferences set enabled = true'],
    ['change a token', `update device_tokens set token = 'mine'`],
    ['delete a device', 'delete from device_tokens'],
    ['make a record somebody else’s', 'update scenario_notifications set user_id = gen_random_uuid()'],
    ['make a record older', `update scenario_notifications set dispatched_at = '2000-01-01'`],
    ['take a line out of the log', 'delete from follow_up_notification_log'],
    ['forget a claim', 'delete from scenario_claims'],
    ['forget an attempt', 'delete from delivery_attempts'],
    ['read the audit', 'select from access_audit'],
    ['write the audit', `insert into access_audit (what, database_role, row_count) values ('nothing', 'nobody', 0)`],
    ['read the history of migrations', 'select from scenario_push.kysely_migration'],
    ['read files', `select pg_read_file('postgresql.conf')`],
    ['run programs', `copy (select 1) to program 'true'`],
  ])('%s', async (_, query) => {
    await expect(database.worker.pool.query(query)).rejects.toMatchObject({ code: '42501' });
  });
});

test('what the worker grants to others changes nothing', async () => {
  const before = await actualGrants(database.pool);
  await database.worker.pool.query('grant select on scenario_claims to public');
  expect(await actualGrants(database.pool)).toEqual(before);
});

test('the worker checks the schema’s version', async () => {
  await expect(assertSchemaCurrent(database.worker.db)).resolves.toBeUndefined();
});

test('a log-in that is no member is told what is missing', async () => {
  await database.db.transaction().execute(async (tx) => {
    await sql`set local role anon`.execute(tx);
    await expect(assertSchemaCurrent(tx)).rejects.toThrow(
      'E_DATABASE_ROLE: role "anon" may not use the service\'s schema; as its owner run: grant scenario_push_worker to "anon"',
    );
  });
});

describe('row-level security leaves the plan of the worker’s evaluation as it is without', () => {
  test.each(SCENARIO_TYPES)('%s', async (scenarioType) => {
    const { sql: text, parameters } = evaluationStatement(
      scenarioType,
      'preview-candidates',
    )(evaluationParameters({ scenarioType, asOf, range: rangeOf(0, 1) }));
    const plan = async ({ pool }: Pick<TestDatabase, 'pool'>) =>
      (await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, parameters as unknown[])).rows.map(
        (row) => row['QUERY PLAN'],
      );
    expect(await plan(database.worker)).toEqual(await plan(database));
  });
});
