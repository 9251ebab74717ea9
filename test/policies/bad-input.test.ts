import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LOCALES } from '../../domain/scenarios/definition.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, mentor, rule } from '../support/factories.ts';

let database: TestDatabase;
let coordinator: string;
let chapterId: string;

beforeAll(async () => {
  database = await createDatabase();
  chapterId = await chapter(database.db);
  coordinator = await mentor(database.db, { chapterId, role: 'coordinator' });
  await rule(database.db, { scenarioType: 'milestone', chapterId });
  await database.pool.query('insert into delivery_policies (chapter_id) values ($1)', [chapterId]);
});
afterAll(() => database.drop());

/** What somebody who writes through an API that is not ours is answered. */
async function write(query: string, values: readonly unknown[]): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query('begin; set local role authenticated');
    await client.query(`select set_config('request.jwt.claims', $1, true)`, [JSON.stringify({ sub: coordinator })]);
    const { rowCount } = await client.query(query, [...values]);
    expect(rowCount).toBe(1);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const texts = (body: string) =>
  JSON.stringify({ messages: Object.fromEntries(LOCALES.map((locale) => [locale, { title: 'T', body }])) });

describe('a coordinator who changes their chapter’s policy', () => {
  const change = (column: string, value: unknown) =>
    write(`update delivery_policies set ${column} = $1 where chapter_id = $2`, [value, chapterId]);

  test('may', async () => {
    await change('max_notifications', 1);
    await change('send_from', '20:59');
  });

  test.each([
    ['max_notifications', 0, /max_notifications: expected an integer >= 1, or null for no cap, got 0/],
    ['per_days', 0, /per_days: expected 1 to 3650 days, got 0/],
    ['send_from', '24:00', /send_from: expected a time from 00:00 to 23:59, got 24:00/],
    ['send_until', '25:00', /"25:00"/],
  ])('to %s = %s is refused in words', async (column, value, words) => {
    await expect(change(column, value)).rejects.toThrow(words);
  });
});

describe('a coordinator who changes their chapter’s rule', () => {
  const change = (column: string, value: unknown) =>
    write(`update scenario_rules set ${column} = $1 where chapter_id = $2`, [value, chapterId]);

  test('may', async () => {
    await change('starts_on', '2026-11-21');
    await change('parameters', texts('{sessions}'));
  });

  test.each([
    ['starts_on', '0026-11-21', /starts_on: expected a date from 2000-01-01 to 2100-12-31, got 0026-11-21/],
    ['starts_on', '20261-11-21', /starts_on: expected a date from 2000-01-01 to 2100-12-31, got 20261-11-21/],
    [
      'parameters',
      texts('{sessions'),
      /messages\.\w\w\.body: expected a placeholder \(.*\) between "{" and "}", got "{sessions"/,
    ],
    ['parameters', texts('{days}'), /messages\.\w\w\.body: expected a placeholder of the scenario \(.*\), got {days}/],
  ])('to %s = %s is refused in words', async (column, value, words) => {
    await expect(change(column, value)).rejects.toThrow(words);
  });
});
