import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HOUR } from '../../domain/durations.ts';
import { chapter, mentor, record, rule } from '../support/factories.ts';
import { asOf, noonOf, startScenario, type ScenarioUnderTest } from './scenario-under-test.ts';

let scenario: ScenarioUnderTest;
beforeAll(async () => {
  scenario = await startScenario('milestone');
});
afterAll(() => scenario.stop());

async function withSessions(
  count: number,
  date = '2026-06-01',
  values: Parameters<typeof mentor>[1] = {},
): Promise<string> {
  const id = await mentor(scenario.db, values);
  await addSessions(id, count, date);
  return id;
}
const addSessions = (id: string, count: number, date: string) =>
  scenario.pool.query(
    'insert into activities (user_id, activity_date) select $1, $2::date from generate_series(1, $3)',
    [id, date, count],
  );
const summarised = (id: string, sessionCount: number, computedAt: Date, year = 2026) =>
  scenario.db
    .insertInto('annual_summary')
    .values({ user_id: id, year, session_count: sessionCount, computed_at: computedAt })
    .execute();
const told = (id: string, year: number, value: number) =>
  record(scenario.db, id, 'milestone', noonOf(`${year}-05-01`), {
    occurrence: `${year}:${value}`,
    milestone: { year, value },
  });
const occurrences = async (id: string, at = asOf) => (await scenario.candidates(id, at)).map((row) => row.occurrence);

describe('thresholds 50, 100, 200', () => {
  test('nothing due is an empty list', async () => {
    expect(await scenario.candidates(await withSessions(0))).toEqual([]);
  });
  test('49 sessions: none', async () => {
    expect(await occurrences(await withSessions(49))).toEqual([]);
  });
  test('exactly 50: 50', async () => {
    expect(await occurrences(await withSessions(50))).toEqual(['2026:50']);
  });
  test('99: 50 only', async () => {
    expect(await occurrences(await withSessions(99))).toEqual(['2026:50']);
  });
  test('201, nothing told: 50, 100 and 200, each its own notification, in ascending order', async () => {
    const id = await withSessions(201, '2026-06-01', { locale: 'en' });
    expect(await scenario.evaluate(id)).toMatchObject({ status: 'sent', counts: { candidates: 3, sent: 3 } });
    expect((await scenario.delivered(id)).map(({ title }) => title)).toEqual([
      '50 sessions in 2026',
      '100 sessions in 2026',
      '200 sessions in 2026',
    ]);
    expect(await scenario.evaluate(id)).toMatchObject({ status: 'not_due' });
  });
  test('201, told 50 and 100: 200 only', async () => {
    const id = await withSessions(201);
    await told(id, 2026, 50);
    await told(id, 2026, 100);
    expect(await occurrences(id)).toEqual(['2026:200']);
  });
  test('a record without the columns of a milestone is known by its occurrence', async () => {
    const id = await withSessions(50);
    await record(scenario.db, id, 'milestone', noonOf('2026-05-01'), { occurrence: '2026:50' });
    expect(await occurrences(id)).toEqual([]);
  });
  test('told 50 last year: due this year', async () => {
    const id = await withSessions(50);
    await told(id, 2025, 50);
    expect(await occurrences(id)).toEqual(['2026:50']);
  });
  test('opted out: nothing', async () => {
    const id = await withSessions(201, '2026-06-01', { optedOutOf: ['milestone'] });
    expect(await scenario.evaluate(id)).toMatchObject({ status: 'suppressed', reason: 'opted_out' });
    expect(await scenario.delivered(id)).toEqual([]);
  });
});

describe('the calendar year of the evaluation date', () => {
  test('leaves out what was before it and what lies ahead', async () => {
    const id = await withSessions(49, '2025-12-31');
    await addSessions(id, 49, '2026-01-01');
    await addSessions(id, 30, '2026-11-21');
    expect(await occurrences(id)).toEqual([]);
    await addSessions(id, 1, '2026-11-20');
    expect(await occurrences(id)).toEqual(['2026:50']);
  });
  test("ends at midnight in the organisation's timezone", async () => {
    const id = await withSessions(50, '2026-12-31');
    expect(await occurrences(id, new Date('2026-12-31T22:59:59Z'))).toEqual(['2026:50']);
    expect(await occurrences(id, new Date('2026-12-31T23:00:00Z'))).toEqual([]);
  });
});

describe('the annual summary', () => {
  test('counts instead of the activities where it is fresh', async () => {
    const more = await withSessions(3);
    await summarised(more, 50, asOf);
    expect(await occurrences(more)).toEqual(['2026:50']);
    const fewer = await withSessions(50);
    await summarised(fewer, 49, asOf);
    expect(await occurrences(fewer)).toEqual([]);
  });
  test.each([
    ['computed exactly 48 h before', -48 * HOUR, true],
    ['a millisecond more than 48 h before', -48 * HOUR - 1, false],
    ['at the instant itself', 0, true],
    ['a millisecond after it', 1, false],
  ])('%s: it counts is %s', async (_, offset, counts) => {
    const id = await withSessions(3);
    await summarised(id, 50, new Date(asOf.getTime() + offset));
    expect(await occurrences(id)).toEqual(counts ? ['2026:50'] : []);
  });
  test('of another year says nothing', async () => {
    const id = await withSessions(3);
    await summarised(id, 50, asOf, 2025);
    expect(await occurrences(id)).toEqual([]);
  });
  test('may be of any age where the rule says null, yet not of the future', async () => {
    const chapterId = await chapter(scenario.db);
    await rule(scenario.db, { scenarioType: 'milestone', chapterId, parameters: { summary_max_age_hours: null } });
    const old = await mentor(scenario.db, { chapterId });
    await summarised(old, 50, new Date('2001-01-01T00:00:00Z'));
    expect(await occurrences(old)).toEqual(['2026:50']);
    const ahead = await mentor(scenario.db, { chapterId });
    await summarised(ahead, 50, new Date(asOf.getTime() + 1));
    expect(await occurrences(ahead)).toEqual([]);
  });
});

test('the largest numbers that a rule can name are no error', async () => {
  const chapterId = await chapter(scenario.db);
  const parameters = { thresholds: [1, 2147483647], summary_max_age_hours: 2147483647 };
  await rule(scenario.db, { scenarioType: 'milestone', chapterId, cooldownMinutes: 2147483647, parameters });
  expect(await occurrences(await withSessions(1, '2026-06-01', { chapterId }))).toEqual(['2026:1']);
});

test('thirty evaluators at once send each threshold once', async () => {
  const id = await withSessions(100);
  await Promise.all(Array.from({ length: 30 }, () => scenario.evaluate(id)));
  expect((await scenario.delivered(id)).map(({ title }) => title)).toEqual([
    '50 samtaler i 2026',
    '100 samtaler i 2026',
  ]);
});
