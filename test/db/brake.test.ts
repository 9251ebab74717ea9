import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { askBrake, lookAtBrake, planBrake, type BrakeRow } from '../../db/brakes.ts';
import { DEFAULT_BRAKE, type Brake } from '../../domain/brake.ts';
import { HOUR, MINUTE } from '../../domain/durations.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter } from '../support/factories.ts';

const now = new Date('2026-11-20T09:00:00Z');
const key = { planKey: 'plan', scenarioType: 'inactivity' } as const;
const times = { now, answerWithinMs: 6 * HOUR };
const BATCHES = 20;
let database: TestDatabase;
let chapterId: string;

beforeAll(async () => {
  database = await createDatabase();
  chapterId = await chapter(database.db);
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query('truncate sweep_brakes, evaluation_runs, evaluation_batches, users cascade'));

const plan = (of: { batches?: number; mentors?: number; allowance?: number; brake?: Partial<Brake> | null } = {}) =>
  planBrake(database.worker.db, key, {
    batches: of.batches ?? 1,
    mentors: of.mentors ?? 10_000,
    allowance: of.allowance ?? null,
    brake: of.brake === null ? null : { ...DEFAULT_BRAKE, ...of.brake },
    now,
  });
const look = (answer: 'released' | 'withdrawn' | null = null, at = now) =>
  lookAtBrake(database.worker.db, key, answer, { ...times, now: at }) as Promise<BrakeRow>;

/** A range that was evaluated: mentors in it, evaluated, and due. */
async function batch(of: { index?: number; batches?: number; mentors?: number; claimed: number; evaluated?: number }) {
  const { index = 0, batches = 1, mentors = 0, claimed, evaluated = 10_000 } = of;
  const { from, to } = rangeOf(index, batches);
  await sql`
    insert into users (id, chapter_id, role, created_at)
    select (left(${from}::text, 8) || right(gen_random_uuid()::text, 28))::uuid, ${chapterId}::uuid, 'peer_mentor', '2020-01-01'
    from generate_series(1, ${mentors}::int)`.execute(database.db);
  await database.db
    .insertInto('evaluation_batches')
    .values({
      batch_key: `batch-${index}`,
      plan_key: 'plan',
      scenario_type: 'inactivity',
      as_of: now,
      range_from: from,
      range_to: to,
      workflow_id: '',
      run_id: '',
      evaluated_at: now,
      mentors_evaluated: evaluated,
      claimed,
    })
    .execute();
}

/** Finished sweeps with so many notifications each, the oldest first. */
async function history(...claimed: number[]): Promise<void> {
  for (const [i, n] of claimed.entries())
    await run({ claimed: n, finishedAt: new Date(now.getTime() - (claimed.length - i) * HOUR) });
}
async function run({
  claimed = 0,
  finishedAt = now,
  planKey = randomUUID() as string,
  end = 'finished' as const,
  type = 'inactivity',
}): Promise<void> {
  await database.db
    .insertInto('evaluation_runs')
    .values({
      workflow_id: randomUUID(),
      first_run_id: '',
      scenario_type: type,
      as_of: now,
      plan_key: planKey,
      started_at: now,
      finished_at: finishedAt,
      end_state: end,
      claimed,
    })
    .execute();
}

describe('what is too many', () => {
  test.each([
    ['exactly three times the median', [200], 600, 'clear'],
    ['one more than three times the median', [200], 601, 'braked'],
    ['a hundred, however few there usually are', [1], 100, 'clear'],
    ['one more than a hundred where there usually are few', [1], 101, 'braked'],
    ['the median of an even number lies between the middle two', [100, 300], 600, 'clear'],
    ['and one more is too many', [100, 300], 601, 'braked'],
  ])('%s', async (_, before, claimed, state) => {
    await history(...before);
    await plan();
    await batch({ claimed });
    expect(await look()).toMatchObject({ state, expected: claimed, sweeps: before.length });
  });

  test.each([
    [1_000, 'clear'],
    [1_001, 'braked'],
  ])('without history, %i of ten thousand mentors evaluated is %s', async (claimed, state) => {
    await plan();
    await batch({ claimed, evaluated: 10_000 });
    expect(await look()).toMatchObject({ state, expected: claimed, usual: 1_000, sweeps: 0 });
  });

  test.each([
    [{ factor: 5 }, 1_000, 'clear'],
    [{ factor: 5 }, 1_001, 'braked'],
    [{ minimum: 5_000 }, 5_000, 'clear'],
    [{ minimum: 5_000 }, 5_001, 'braked'],
    [{ minimum: 0, factor: 1 }, 200, 'clear'],
    [{ minimum: 0, factor: 1 }, 201, 'braked'],
  ])('with %j, %i instead of 200 is %s', async (brake, claimed, state) => {
    await history(200);
    await plan({ brake });
    await batch({ claimed });
    expect(await look()).toMatchObject({ state });
  });

  test('is measured by the last ten finished sweeps of the type, of other plans, and that were not withdrawn', async () => {
    await history(9_000, 9_000, ...Array.from({ length: 10 }, () => 50));
    await run({ claimed: 9_000, end: 'stopped' as never });
    await run({ claimed: 9_000, planKey: 'plan' });
    await run({ claimed: 9_000, type: 'milestone' });
    await run({ claimed: 9_000, planKey: 'withdrawn' });
    await planBrake(
      database.worker.db,
      { planKey: 'withdrawn', scenarioType: 'inactivity' },
      { brake: DEFAULT_BRAKE, batches: 1, mentors: 1, allowance: null, now },
    );
    await lookAtBrake(database.worker.db, { planKey: 'withdrawn', scenarioType: 'inactivity' }, 'withdrawn', times);
    await plan();
    await batch({ claimed: 151 });
    expect(await look()).toMatchObject({ state: 'braked', usual: 50, sweeps: 10 });
  });
});

describe('an estimate', () => {
  test('is of the mentors in the sample, not of the number of batches', async () => {
    await history(200);
    await plan({ batches: BATCHES, mentors: 400 });
    // Ids that all begin alike: three quarters of the mentors are in one of twenty ranges.
    await batch({ batches: BATCHES, mentors: 300, claimed: 300 });
    expect(await look()).toMatchObject({ state: 'clear', expected: 400 });
  });

  test('from one of twenty batches brakes what is twenty times as many', async () => {
    await history(200);
    await plan({ batches: BATCHES, mentors: 2_000 });
    await batch({ batches: BATCHES, mentors: 100, claimed: 50 });
    expect(await look()).toMatchObject({ state: 'braked', expected: 1_000, usual: 200 });
  });

  test('is exact, and may end the brake, once everything is evaluated', async () => {
    await history(200);
    await plan({ batches: 2, mentors: 2_000 });
    await batch({ index: 0, batches: 2, mentors: 100, claimed: 50 });
    expect(await look()).toMatchObject({ state: 'braked', expected: 1_000 });
    await batch({ index: 1, batches: 2, claimed: 10 });
    expect(await look()).toMatchObject({ state: 'clear', expected: 60 });
  });

  test('is not made from a sample in which fewer than ten would be too many', async () => {
    await history(1);
    await plan({ batches: BATCHES, mentors: 2_000 });
    await batch({ index: 0, batches: BATCHES, mentors: 199, claimed: 9 });
    expect(await look()).toMatchObject({ state: 'undecided' });
    await batch({ index: 1, batches: BATCHES, mentors: 1, claimed: 0 });
    expect(await look()).toMatchObject({ state: 'clear', expected: 90 });
  });

  test('is no more than the sweep may send', async () => {
    await history(1);
    await plan({ batches: BATCHES, mentors: 2_000, allowance: 150 });
    await batch({ batches: BATCHES, mentors: 500, claimed: 150 });
    expect(await look()).toMatchObject({ state: 'braked', expected: 150 });
  });

  test('is made from what there is after six hours: whoever evaluated is gone', async () => {
    await history(1);
    await plan({ batches: BATCHES, mentors: 2_000 });
    await batch({ batches: BATCHES, mentors: 100, claimed: 9 });
    expect(await look(null, new Date(now.getTime() + 6 * HOUR - 1))).toMatchObject({ state: 'undecided' });
    expect(await look(null, new Date(now.getTime() + 6 * HOUR))).toMatchObject({ state: 'braked' });
  });
});

describe('an answer', () => {
  beforeEach(async () => {
    await plan();
    await batch({ claimed: 5_000 });
    expect(await look()).toMatchObject({ state: 'braked', braked_at: now, answered_at: null });
  });

  test.each(['released', 'withdrawn'] as const)('of %s stays, whatever is answered later', async (answer) => {
    expect(await look(answer, new Date(now.getTime() + MINUTE))).toMatchObject({ state: answer });
    for (const later of ['released', 'withdrawn', null] as const) {
      expect(await look(later, new Date(now.getTime() + 7 * HOUR))).toMatchObject({
        state: answer,
        answered_at: new Date(now.getTime() + MINUTE),
      });
    }
  });

  test('that comes a millisecond before the six hours are over counts; after them it is withdrawn', async () => {
    expect(await look(null, new Date(now.getTime() + 6 * HOUR - 1))).toMatchObject({ state: 'braked' });
    expect(await look('released', new Date(now.getTime() + 6 * HOUR))).toMatchObject({ state: 'withdrawn' });
  });

  test('is what every dispatch of the plan obeys', async () => {
    expect(await askBrake(database.worker.db, 'batch-0', times)).toMatchObject({ state: 'braked' });
    await look('released');
    expect(await askBrake(database.worker.db, 'batch-0', times)).toMatchObject({ state: 'released', answered_at: now });
  });

  test('is given in advance by a sweep of the same plan that has no brake', async () => {
    await plan({ brake: null });
    expect(await look()).toMatchObject({ state: 'released' });
    await plan();
    expect(await look()).toMatchObject({ state: 'released' });
  });
});

test('a batch of a plan that registered no brake is not braked', async () => {
  await batch({ claimed: 5_000 });
  expect(await askBrake(database.worker.db, 'batch-0', times)).toBeNull();
});
