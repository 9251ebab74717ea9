import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, mentor, organization, rule } from '../support/factories.ts';

let database: TestDatabase;
let chapterId: string;
let ruleId: string;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  chapterId = await chapter(database.db);
  ruleId = await rule(database.db, { scenarioType: 'inactivity', chapterId, cooldownMinutes: 60 });
});

const changesOf = async (id = ruleId) =>
  database.db.selectFrom('rule_changes').selectAll().where('row_id', '=', id).orderBy('at').execute();
const lastOf = async (id = ruleId) => (await changesOf(id)).at(-1)!;

/** In a transaction of its own, by whoever the settings say. */
async function as(settings: Readonly<Record<string, string>>, statement: string): Promise<void> {
  const client: pg.PoolClient = await database.pool.connect();
  try {
    await client.query('begin');
    for (const [name, value] of Object.entries(settings))
      await client.query('select set_config($1, $2, true)', [name, value]);
    await client.query(statement);
    await client.query('commit');
  } finally {
    client.release(true);
  }
}
const coordinator = () => mentor(database.db, { chapterId, role: 'coordinator' });
const signedIn = (sub: string) => ({
  role: 'authenticated',
  'request.jwt.claims': JSON.stringify({ sub, email: 'kari@example.org', role: 'authenticated' }),
});

describe('a change of a rule', () => {
  test('is written down with the row before and after, whatever was done', async () => {
    const began = new Date();
    await database.pool.query('update scenario_rules set cooldown_minutes = 61 where id = $1', [ruleId]);
    await database.pool.query('delete from scenario_rules where id = $1', [ruleId]);
    const changes = await changesOf();
    expect(changes).toMatchObject([
      { before: null, after: { cooldown_minutes: 60 } },
      { before: { cooldown_minutes: 60 }, after: { cooldown_minutes: 61 } },
      { before: { cooldown_minutes: 61 }, after: null },
    ]);
    for (const change of changes) {
      expect(change).toMatchObject({
        table_name: 'scenario_rules',
        row_id: ruleId,
        chapter_id: chapterId,
        organization_id: null,
        scenario_type: 'inactivity',
      });
      expect(Math.abs(change.at.getTime() - began.getTime())).toBeLessThan(60_000);
    }
  });

  test('that changes nothing is none', async () => {
    await database.pool.query('update scenario_rules set cooldown_minutes = cooldown_minutes where id = $1', [ruleId]);
    expect(await changesOf()).toHaveLength(1);
  });

  test('that is rolled back is none', async () => {
    await database.pool.query(`begin; delete from scenario_rules where id = '${ruleId}'; rollback`);
    expect(await changesOf()).toHaveLength(1);
  });

  test('to another scope is the end in the one and the beginning in the other', async () => {
    const other = await chapter(database.db);
    await database.pool.query('update scenario_rules set chapter_id = $2 where id = $1', [ruleId, other]);
    expect((await changesOf()).slice(1)).toMatchObject([
      { chapter_id: chapterId, before: { chapter_id: chapterId }, after: null },
      { chapter_id: other, before: null, after: { chapter_id: other } },
    ]);
  });

  test('outlives its chapter', async () => {
    await database.pool.query('delete from chapters where id = $1', [chapterId]);
    expect(await lastOf()).toMatchObject({ chapter_id: chapterId, after: null });
  });
});

test('a change of a delivery policy is written down as well', async () => {
  const { rows } = await database.pool.query(
    `insert into delivery_policies (organization_id, max_notifications) values ($1, 2) returning id`,
    [await organization(database.db)],
  );
  expect(await changesOf(rows[0].id)).toMatchObject([
    { table_name: 'delivery_policies', scenario_type: null, before: null, after: { max_notifications: 2 } },
  ]);
});

describe('who changed it', () => {
  const change = `update scenario_rules set cooldown_minutes = cooldown_minutes + 1`;

  test('is the person who is signed in, with the address of their token', async () => {
    const person = await coordinator();
    await as(signedIn(person), change);
    expect(await lastOf()).toMatchObject({
      person,
      email: 'kari@example.org',
      database_role: 'authenticated',
      operator: null,
    });
  });

  test('is the role that the connection works as where nobody is signed in', async () => {
    await as({ role: 'service_role' }, `${change} where id = '${ruleId}'`);
    expect(await lastOf()).toMatchObject({ person: null, email: null, database_role: 'service_role' });
    await as({}, `${change} where id = '${ruleId}'`);
    const { rows } = await database.pool.query('select session_user::text as login');
    expect(await lastOf()).toMatchObject({ person: null, database_role: rows[0].login });
  });

  test('is the role where the token names nobody who is known, so that the change is not refused', async () => {
    const claims = JSON.stringify({ sub: '00000000-0000-4000-8000-000000000000', email: 'x@example.org' });
    await as({ role: 'service_role', 'request.jwt.claims': claims }, `${change} where id = '${ruleId}'`);
    expect(await lastOf()).toMatchObject({ person: null, email: null, database_role: 'service_role' });
  });

  test('may be named by an operator, in a hundred characters at most, and not by a person', async () => {
    await as({ 'scenario_push.operator': 'K'.repeat(101) }, `${change} where id = '${ruleId}'`);
    expect((await lastOf()).operator).toBe('K'.repeat(100));
    await as({ ...signedIn(await coordinator()), 'scenario_push.operator': 'somebody else' }, change);
    expect((await lastOf()).operator).toBeNull();
  });

  test('is forgotten with the person, address included; the change stays', async () => {
    const person = await coordinator();
    await as(signedIn(person), change);
    await database.pool.query('delete from users where id = $1', [person]);
    expect(await lastOf()).toMatchObject({ person: null, email: null, database_role: 'authenticated' });
  });
});

describe('a person', () => {
  test.each([
    [
      'insert',
      `insert into rule_changes (table_name, row_id, database_role, after) values ('scenario_rules', gen_random_uuid(), 'x', '{}')`,
    ],
    ['update', `update rule_changes set operator = 'somebody else'`],
    ['delete', 'delete from rule_changes'],
  ])('cannot %s a line by hand, and neither can the service', async (_, statement) => {
    for (const settings of [signedIn(await coordinator()), { role: 'service_role' }, { role: 'scenario_push_worker' }])
      await expect(as(settings, statement)).rejects.toMatchObject({ code: '42501' });
  });
});
