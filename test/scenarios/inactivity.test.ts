import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DAY } from '../../domain/durations.ts';
import { chapter, mentor, record, rule } from '../support/factories.ts';
import { asOf, noonOf, startScenario, type ScenarioUnderTest } from './scenario-under-test.ts';

let scenario: ScenarioUnderTest;
beforeAll(async () => {
  scenario = await startScenario('inactivity');
});
afterAll(() => scenario.stop());

const isDue = async (mentorId: string, at = asOf) => (await scenario.candidates(mentorId, at)).length > 0;

describe('30 days without an activity', () => {
  test.each([
    ['2026-10-20', 31, true],
    ['2026-10-21', 30, true],
    ['2026-10-22', 29, false],
    ['2026-11-20', 0, false],
  ])('last active on %s, %i days ago: due is %s', async (date, _, due) => {
    expect(await isDue(await mentor(scenario.db, { activities: [date] }))).toBe(due);
  });

  test('the latest activity counts, not the first', async () => {
    expect(await isDue(await mentor(scenario.db, { activities: ['2026-11-01', '2026-01-01'] }))).toBe(false);
  });

  test('an activity dated tomorrow does not count', async () => {
    expect(await isDue(await mentor(scenario.db, { activities: ['2026-10-21', '2026-11-21'] }))).toBe(true);
  });

  test('an activity dated minus infinity is none, and stops nobody', async () => {
    expect(await isDue(await mentor(scenario.db, { activities: ['-infinity', '2026-10-21'] }))).toBe(true);
    expect(await isDue(await mentor(scenario.db, { activities: ['-infinity'], createdAt: '-infinity' }))).toBe(false);
  });
});

describe('a mentor who was never active counts from the day she joined', () => {
  test.each([
    // 20 October 22:30 UTC is 21 October in Oslo, where summer time has not ended yet.
    ['2026-10-20T22:30:00Z', true],
    ['2026-10-21T21:59:59Z', true],
    ['2026-10-21T22:00:00Z', false],
  ])('joined %s: due is %s', async (createdAt, due) => {
    expect(await isDue(await mentor(scenario.db, { createdAt }))).toBe(due);
  });

  test('also when her only activities lie ahead', async () => {
    expect(await isDue(await mentor(scenario.db, { activities: ['2026-12-01'] }))).toBe(true);
  });
});

describe("the evaluation date is the organisation's", () => {
  const justBeforeMidnightInOslo = new Date('2026-11-20T22:59:59.999Z');
  test.each([
    ['Europe/Oslo', justBeforeMidnightInOslo, false],
    ['Europe/Oslo', new Date('2026-11-20T23:00:00Z'), true],
    ['Pacific/Kiritimati', new Date('2026-11-20T10:00:00Z'), true],
    ['Pacific/Kiritimati', new Date('2026-11-20T09:59:59Z'), false],
    ['Pacific/Pago_Pago', new Date('2026-11-21T10:59:59Z'), false],
    ['Pacific/Pago_Pago', new Date('2026-11-21T11:00:00Z'), true],
  ])('in %s, evaluated at %s: due is %s', async (timezone, at, due) => {
    const chapterId = await chapter(scenario.db, { timezone });
    expect(await isDue(await mentor(scenario.db, { chapterId, activities: ['2026-10-22'] }), at)).toBe(due);
  });
});

describe('three reminders', () => {
  const remindedOn = async (lastActivity: string, ...dates: string[]) => {
    const id = await mentor(scenario.db, { activities: [lastActivity] });
    for (const date of dates) await record(scenario.db, id, 'inactivity', noonOf(date), { evaluationDate: date });
    return id;
  };

  test('after two since her last activity she is due', async () => {
    expect(await isDue(await remindedOn('2026-07-01', '2026-08-01', '2026-09-01'))).toBe(true);
  });
  test('after three she is left alone', async () => {
    expect(await isDue(await remindedOn('2026-07-01', '2026-08-01', '2026-09-01', '2026-10-01'))).toBe(false);
  });
  test('one on the very day of her last activity does not count', async () => {
    expect(await isDue(await remindedOn('2026-07-01', '2026-07-01', '2026-09-01', '2026-10-01'))).toBe(true);
  });
  test('new activity starts the count anew', async () => {
    const id = await remindedOn('2026-07-01', '2026-08-01', '2026-09-01', '2026-10-01');
    await scenario.db.insertInto('activities').values({ user_id: id, activity_date: '2026-10-30' }).execute();
    expect(await isDue(id)).toBe(false);
    expect(await isDue(id, noonOf('2026-11-29'))).toBe(true);
  });
  test('null means no limit', async () => {
    const id = await remindedOn('2026-07-01', '2026-08-01', '2026-09-01', '2026-10-01');
    const { chapter_id } = await scenario.db
      .selectFrom('users')
      .select('chapter_id')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    await rule(scenario.db, {
      scenarioType: 'inactivity',
      chapterId: chapter_id!,
      parameters: { max_reminders: null },
    });
    expect(await isDue(id)).toBe(true);
  });
});

test('the longest span that a rule can name is no error', async () => {
  const chapterId = await chapter(scenario.db);
  await rule(scenario.db, { scenarioType: 'inactivity', chapterId, parameters: { inactive_days: 2147483647 } });
  expect(await isDue(await mentor(scenario.db, { chapterId }))).toBe(false);
});

test('a mentor reminded every fourteenth day hears three times and then no more', async () => {
  const id = await mentor(scenario.db, { activities: ['2026-10-21'] });
  const statuses = [];
  for (const days of [0, 14, 28, 42])
    statuses.push((await scenario.evaluate(id, new Date(asOf.getTime() + days * DAY))).status);
  expect(statuses).toEqual(['sent', 'sent', 'sent', 'not_due']);
  expect(await scenario.delivered(id)).toHaveLength(3);
});
