import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DAY, HOUR } from '../../domain/durations.ts';
import { mentor, record } from '../support/factories.ts';
import { asOf, startScenario, type ScenarioUnderTest } from './scenario-under-test.ts';

let scenario: ScenarioUnderTest;
beforeAll(async () => {
  scenario = await startScenario('inactivity');
});
afterAll(() => scenario.stop());

/** Inactive for months, and told at these instants. */
async function told(
  ...instants: { at: Date; dispatchedAfterMs?: number; status?: 'sent' | 'unknown' }[]
): Promise<string> {
  const id = await mentor(scenario.db, { activities: ['2026-01-01'] });
  for (const { at, ...values } of instants) await record(scenario.db, id, 'inactivity', at, values);
  return id;
}
const before = (ms: number) => new Date(asOf.getTime() - ms);
const verdict = async (id: string) =>
  (await scenario.candidates(id)).map(({ reason, next_eligible_at }) => ({ reason, next_eligible_at }));
const send = [{ reason: null, next_eligible_at: null }];
const coolingUntil = (end: Date) => [{ reason: 'cooldown', next_eligible_at: end }];

describe('a cooldown of 14 days', () => {
  test('is none for a mentor who was never told', async () => {
    expect(await verdict(await told())).toEqual(send);
  });
  test('holds 13 days 23 h 59 min 59.999 s after', async () => {
    expect(await verdict(await told({ at: before(14 * DAY - 1) }))).toEqual(coolingUntil(new Date(asOf.getTime() + 1)));
  });
  test('is over exactly 14 days after', async () => {
    expect(await verdict(await told({ at: before(14 * DAY) }))).toEqual(send);
  });
  test('holds one microsecond before its end, which a Date cannot tell', async () => {
    const id = await told({ at: before(14 * DAY) });
    await scenario.pool.query(
      `update scenario_notifications set triggered_at = triggered_at + interval '1 microsecond' where user_id = $1`,
      [id],
    );
    expect(await verdict(id)).toMatchObject([{ reason: 'cooldown' }]);
  });
  test('holds for a record later than the evaluation', async () => {
    expect(await verdict(await told({ at: before(-DAY) }))).toEqual(coolingUntil(new Date(asOf.getTime() + 15 * DAY)));
  });
  test('follows the latest record, whatever order they were written in', async () => {
    expect(await verdict(await told({ at: before(DAY) }, { at: before(40 * DAY) }))).toEqual(
      coolingUntil(new Date(asOf.getTime() + 13 * DAY)),
    );
  });
  test('counts a notification of unknown outcome', async () => {
    expect(await verdict(await told({ at: before(DAY), status: 'unknown' }))).toMatchObject([{ reason: 'cooldown' }]);
  });
});

describe('a daily schedule does not drift', () => {
  test.each([
    ['seconds', 41_000],
    ['two hours', 2 * HOUR],
  ])('told on the same minute 14 days ago, dispatched %s later: due again', async (_, dispatchedAfterMs) => {
    expect(await verdict(await told({ at: before(14 * DAY), dispatchedAfterMs }))).toEqual(send);
  });
  test('dispatched a millisecond more than two hours later, the pause is counted from the dispatch', async () => {
    expect(await verdict(await told({ at: before(14 * DAY), dispatchedAfterMs: 2 * HOUR + 1 }))).toEqual(
      coolingUntil(new Date(asOf.getTime() + 2 * HOUR + 1)),
    );
  });
});

test('thirty evaluators at once send one notification', async () => {
  const id = await told();
  const results = await Promise.all(Array.from({ length: 30 }, () => scenario.evaluate(id)));
  expect(results.filter((result) => result.status === 'sent')).toHaveLength(1);
  expect(results.filter((result) => result.status === 'suppressed')).toHaveLength(29);
  expect(await scenario.delivered(id)).toHaveLength(1);
});

test('evaluators of twelve days within the cooldown at once send one notification', async () => {
  const id = await told();
  await Promise.all(
    Array.from({ length: 12 }, (_, day) =>
      scenario.evaluate(id, new Date(asOf.getTime() + day * DAY), new Date(asOf.getTime() + 11 * DAY)),
    ),
  );
  expect(await scenario.delivered(id)).toHaveLength(1);
});
