import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase } from '../support/database.ts';
import { chapter, organization } from '../support/factories.ts';

const database = await createDatabase();
const { pool } = database;
afterAll(() => database.drop());

let organizationId: string;
let chapterId: string;
beforeAll(async () => {
  organizationId = await organization(database.db);
  chapterId = await chapter(database.db, { organizationId });
});

type Values = Readonly<Record<string, unknown>>;

/** The row as it was stored, and gone again. */
async function store(table: string, values: Values): Promise<Record<string, unknown>> {
  const columns = Object.keys(values);
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<Record<string, unknown>>(
      `insert into ${table} (${columns.join(', ')}) values (${columns.map((_, at) => `$${at + 1}`).join(', ')}) returning *`,
      Object.values(values),
    );
    return rows[0]!;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const policy = (values: Values) => store('delivery_policies', { chapter_id: chapterId, ...values });
const rule = (values: Values) =>
  store('scenario_rules', { chapter_id: chapterId, scenario_type: 'inactivity', cooldown_minutes: 0, ...values });

describe('a delivery policy', () => {
  test('that says nothing else is 08:00 to 21:00 without a cap', async () => {
    expect(await policy({})).toMatchObject({
      send_from: '08:00:00',
      send_until: '21:00:00',
      max_notifications: null,
      per_days: 7,
    });
  });

  test.each([
    [{ max_notifications: 1 }],
    [{ max_notifications: 2147483647 }],
    [{ max_notifications: null }],
    [{ per_days: 1 }],
    [{ per_days: 3650 }],
    [{ send_from: '00:00', send_until: '24:00' }],
    [{ send_from: '22:00', send_until: '06:00' }],
    [{ send_from: '08:00', send_until: '08:00' }],
    [{ send_from: '23:59:59', send_until: '00:00' }],
  ])('with %j is stored', async (values) => {
    await expect(policy(values)).resolves.toBeDefined();
  });

  test.each([
    [{ max_notifications: 0 }, 'max_notifications: expected an integer >= 1, or null for no cap, got 0'],
    [{ max_notifications: -5 }, 'max_notifications: expected an integer >= 1, or null for no cap, got -5'],
    [{ per_days: 0 }, 'per_days: expected 1 to 3650 days, got 0'],
    [{ per_days: 3651 }, 'per_days: expected 1 to 3650 days, got 3651'],
    [{ send_from: '24:00' }, 'send_from: expected a time from 00:00 to 23:59, got 24:00'],
    [
      { max_notifications: 0, per_days: 0 },
      'max_notifications: expected an integer >= 1, or null for no cap, got 0; per_days: expected 1 to 3650 days, got 0',
    ],
  ])('with %j is refused in words', async (values, fault) => {
    await expect(policy(values)).rejects.toMatchObject({
      code: '23514',
      table: 'delivery_policies',
      message: `delivery policy of chapter ${chapterId}: ${fault}`,
    });
  });

  test('names whose it is: an organisation, or everybody', async () => {
    await expect(policy({ chapter_id: null, organization_id: organizationId, max_notifications: 0 })).rejects.toThrow(
      `delivery policy of organisation ${organizationId}: `,
    );
    await expect(policy({ chapter_id: null, max_notifications: 0 })).rejects.toThrow('delivery policy of everybody: ');
  });

  test('is one for everybody, one for an organisation, one for a chapter, and never for both', async () => {
    await expect(policy({ chapter_id: null })).rejects.toMatchObject({ constraint: 'delivery_policies_scope_key' });
    await expect(policy({ organization_id: organizationId })).rejects.toMatchObject({
      constraint: 'delivery_policies_scope_check',
    });
    await policy({});
    await policy({ chapter_id: null, organization_id: organizationId });
  });
});

describe('starts_on of a rule', () => {
  test.each(['2000-01-01', '2026-11-20', '2100-12-31', null])('%s is stored', async (starts_on) => {
    await expect(rule({ starts_on })).resolves.toBeDefined();
  });

  test.each(['1999-12-31', '2101-01-01', '0026-11-20', '20261-11-20', 'infinity', '-infinity'])(
    '%s is a date that nobody means',
    async (starts_on) => {
      await expect(rule({ starts_on })).rejects.toMatchObject({
        code: '23514',
        constraint: 'scenario_rules_starts_on_check',
        message: expect.stringMatching(`expected a date from 2000-01-01 to 2100-12-31, got ${starts_on}`),
      });
    },
  );
});
