import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { mentor } from '../support/factories.ts';
import { createOwnTables } from './own-tables.ts';
import { migrateUp } from '../../db/migrate.ts';
import { dumpSchema } from '../../db/schema-dump.ts';

let database: TestDatabase;
let mentorId: string;
let client: pg.PoolClient;
beforeAll(async () => {
  database = await createDatabase();
  mentorId = await mentor(database.db);
});
afterAll(() => database.drop());
beforeEach(async () => {
  client = await database.pool.connect();
  await client.query('begin');
});
afterEach(async () => {
  await client.query('rollback');
  client.release();
});

const DECLARATION = {
  parameters: { days_before: { kind: 'distinct', min: 0, maxItems: 2, default: [3] } },
  placeholders: ['days'],
};
const add = (declaration: unknown = DECLARATION, scenarioType = 'seasonal_greeting', cooldown = 60) =>
  client.query('select scenario_push.add_scenario_type($1, $2::jsonb, cooldown_minutes => $3)', [
    scenarioType,
    JSON.stringify(declaration),
    cooldown,
  ]);
const remove = () => client.query(`select scenario_push.remove_scenario_type('seasonal_greeting')`);
const rulesOf = async (scenarioType: string) =>
  (
    await client.query(
      'select organization_id, chapter_id, cooldown_minutes, parameters from scenario_rules where scenario_type = $1',
      [scenarioType],
    )
  ).rows;
const checks = async () =>
  (
    await client.query<{ name: string; types: string[] }>(
      'select name, types from scenario_push.scenario_type_checks()',
    )
  ).rows;

describe('a type that is added', () => {
  test('is admitted by every table, declared, and has a rule for everybody with its defaults', async () => {
    await add();
    const all = await checks();
    expect(all.map(({ name }) => name.replace('_scenario_type_check', ''))).toEqual([
      'evaluation_batches',
      'evaluation_runs',
      'notification_preferences',
      'scenario_claims',
      'scenario_notifications',
      'scenario_rules',
    ]);
    for (const { types } of all) expect(types.toSorted()).toEqual([...SCENARIO_TYPES, 'seasonal_greeting'].sort());
    expect(await rulesOf('seasonal_greeting')).toEqual([
      { organization_id: null, chapter_id: null, cooldown_minutes: 60, parameters: { days_before: [3] } },
    ]);
  });

  test('has its rules judged by its declaration', async () => {
    await add();
    const update = (parameters: string) =>
      client.query(`update scenario_rules set parameters = $1 where scenario_type = 'seasonal_greeting'`, [parameters]);
    await update('{"days_before": [7, 3]}');
    await expect(update('{"days_before": [7, 5, 3]}')).rejects.toThrow(
      'scenario rule seasonal_greeting of everybody: days_before: expected 1 to 2 different integers >= 0, got [7, 5, 3]',
    );
  });

  test('a second time keeps its rules, and has the new declaration', async () => {
    await add();
    await client.query(`delete from scenario_rules where scenario_type = 'seasonal_greeting'`);
    await add({ parameters: {}, placeholders: [] });
    expect(await rulesOf('seasonal_greeting')).toEqual([]);
    const fault = await client.query(
      `select scenario_rule_fault('seasonal_greeting', '{"days_before": [3]}') as fault`,
    );
    expect(fault.rows).toEqual([{ fault: 'days_before: unknown, seasonal_greeting has link and messages' }]);
  });

  test.each<[string, unknown, string]>([
    ['Seasonal', DECLARATION, 'Seasonal: the name is not of lower-case letters, digits and underscores'],
    ['greeting', { placeholders: [] }, 'greeting: it declares no object of parameters'],
    ['greeting', { parameters: {} }, 'greeting: it declares no list of placeholders'],
    [
      'greeting',
      { parameters: { day: { kind: 'date', min: 1, default: 1 } }, placeholders: [] },
      'greeting: day is neither an integer nor an ascending or distinct list of integers >= a number',
    ],
    [
      'greeting',
      { parameters: { day: { kind: 'integer', min: 1 } }, placeholders: [] },
      'greeting: its defaults: day: expected an integer >= 1, got null',
    ],
  ])('as %s with %j is refused in words', async (scenarioType, declaration, words) => {
    await expect(add(declaration, scenarioType)).rejects.toThrow(`scenario type ${words}`);
  });
});

/** A CHECK that was widened has not read the rows that met the narrower one; a narrowed one has. */
const schema = async () => (await dumpSchema(database.pool)).replaceAll(' NOT VALID', '');

describe('a type that is removed', () => {
  test('leaves the schema as it was', async () => {
    await client.query('rollback');
    const before = await schema();
    await add();
    expect(await schema()).not.toBe(before);
    await remove();
    await remove();
    expect(await schema()).toBe(before);
    expect(await rulesOf('seasonal_greeting')).toEqual([]);
  });

  test('is kept, in words, while anything but a rule is there of it', async () => {
    await add();
    await client.query(
      `insert into notification_preferences (user_id, scenario_type) values ($1, 'seasonal_greeting')`,
      [mentorId],
    );
    await expect(remove()).rejects.toMatchObject({
      message: 'scenario type seasonal_greeting cannot be removed: public.notification_preferences has rows of it',
      hint: `Where they are of no use: delete from public.notification_preferences where scenario_type = 'seasonal_greeting';`,
    });
  });
});

test('an adopted table of preferences is left to its owner', async () => {
  const adopted = await createDatabase({ migrated: false });
  try {
    await createOwnTables(adopted.pool);
    await adopted.pool.query(`create table if not exists notification_preferences (user_id uuid, scenario_type text
      constraint notification_preferences_scenario_type_check check (scenario_type in ('theirs')), enabled boolean)`);
    await migrateUp(adopted.db);
    const { rows } = await adopted.pool.query<{ name: string }>(
      'select name from scenario_push.scenario_type_checks()',
    );
    expect(rows.map(({ name }) => name)).not.toContain('notification_preferences_scenario_type_check');
    expect(rows).toHaveLength(5);
  } finally {
    await adopted.drop();
  }
});
