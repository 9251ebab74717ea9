import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { evaluationParameters } from '../../db/evaluation-request.ts';
import { evaluationStatement } from '../../db/evaluation-statement.ts';
import type { PreviewRow } from '../../db/preview.ts';
import { DAY } from '../../domain/durations.ts';
import { rangeOf, rangeOfMentor } from '../../domain/mentor-range.ts';
import { chapter, mentor, record, rule } from '../support/factories.ts';
import { asOf, startScenario, type ScenarioUnderTest } from './scenario-under-test.ts';

const EVALUATORS = 10;
let scenario: ScenarioUnderTest;
let chapterId: string;
beforeAll(async () => {
  scenario = await startScenario('milestone');
  chapterId = await chapter(scenario.db);
  const parameters = { thresholds: Array.from({ length: EVALUATORS }, (_, at) => at + 1) };
  await rule(scenario.db, { scenarioType: 'milestone', chapterId, cooldownMinutes: 30 * 24 * 60, parameters });
});
afterAll(() => scenario.stop());

/** One more session each day up to 20 November: on every day of the last ten another threshold is reached. */
const risingMentor = () =>
  mentor(scenario.db, {
    chapterId,
    activities: Array.from({ length: EVALUATORS }, (_, back) =>
      new Date(asOf.getTime() - back * DAY).toISOString().slice(0, 10),
    ),
  });

const claimAt = (at: Date, name: string, range = rangeOf(0, 1)) =>
  scenario.repository.evaluateAndClaim({
    lateness: 'report',
    scenarioType: 'milestone',
    asOf: at,
    now: at,
    range,
    batchKey: `shared-${name}-${at.toISOString()}`,
    planKey: 'shared',
    workflowId: 'shared',
    runId: '',
  });
const claimed = async () => {
  const { rows } = await scenario.pool.query<{ evaluations: number }>(
    `select count(distinct triggered_at)::int as evaluations from scenario_claims where state = 'open' group by user_id`,
  );
  return rows.map((row) => row.evaluations);
};

describe('milestones under a rule with a cooldown', () => {
  test('of one evaluation do not block each other', async () => {
    const id = await risingMentor();
    expect(await scenario.evaluate(id)).toMatchObject({ status: 'sent', counts: { sent: EVALUATORS } });
  });

  test('one told within the cooldown keeps the others back until its end', async () => {
    const id = await risingMentor();
    await record(scenario.db, id, 'milestone', new Date(asOf.getTime() - DAY), {
      occurrence: '2026:1',
      milestone: { year: 2026, value: 1 },
    });
    expect(await scenario.evaluate(id)).toMatchObject({ status: 'suppressed', reason: 'cooldown' });
    expect(await scenario.evaluate(id, new Date(asOf.getTime() + 29 * DAY))).toMatchObject({ status: 'sent' });
  });

  // Each day's evaluation finds thresholds that the others do not, so no unique key stands between them.
  test('are claimed by one of ten evaluations of different days that run at once, for each of 40 mentors', async () => {
    for (let i = 0; i < 40; i++) await risingMentor();
    const days = Array.from({ length: EVALUATORS }, (_, back) => new Date(asOf.getTime() - back * DAY));
    await Promise.all(days.map((at) => claimAt(at, 'whole')));
    const evaluations = await claimed();
    expect(evaluations).toHaveLength(40);
    expect(evaluations.every((n) => n === 1)).toBe(true);
  });

  test('are claimed once as well when mentors are evaluated one by one', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => risingMentor()));
    await Promise.all(
      ids.flatMap((id) =>
        [0, 1, 2].map((back) => claimAt(new Date(asOf.getTime() - back * DAY), id, rangeOfMentor(id))),
      ),
    );
    const { rows } = await scenario.pool.query(
      `select user_id, count(distinct triggered_at)::int as n from scenario_claims where user_id = any ($1) group by 1`,
      [ids],
    );
    expect(rows.map((row) => row.n)).toEqual(Array.from({ length: 10 }, () => 1));
  });

  test('a candidate who appeared after the locks were taken is in flight, and only she', async () => {
    const id = await risingMentor();
    const reasons = async (lockedBuckets: readonly number[] | null) => {
      const preview = evaluationStatement<PreviewRow>('milestone', 'preview-candidates');
      const request = { scenarioType: 'milestone', asOf, range: rangeOfMentor(id) } as const;
      const { rows } = await scenario.worker.db.executeQuery(preview(evaluationParameters(request, { lockedBuckets })));
      return [...new Set(rows.map((row) => row.reason))];
    };
    const hers = Number.parseInt(id.slice(0, 2), 16);
    expect(await reasons([])).toEqual(['in_flight']);
    expect(await reasons([(hers + 1) % 256])).toEqual(['in_flight']);
    expect(await reasons([hers])).toEqual([null]);
    expect(await reasons(null)).toEqual([null]);
  });
});

test('without a cooldown milestones of different days are claimed side by side', async () => {
  const plain = await chapter(scenario.db);
  await rule(scenario.db, { scenarioType: 'milestone', chapterId: plain, parameters: { thresholds: [1, 2] } });
  const id = await mentor(scenario.db, { chapterId: plain, activities: ['2026-11-19', '2026-11-20'] });
  const [earlier, later] = [
    await claimAt(new Date(asOf.getTime() - DAY), id, rangeOfMentor(id)),
    await claimAt(asOf, id, rangeOfMentor(id)),
  ];
  expect(earlier).toMatchObject({ candidates: 1, claimed: 1 });
  expect(later).toMatchObject({ candidates: 2, claimed: 1, suppressed: { in_flight: 1 } });
});
