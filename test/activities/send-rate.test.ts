import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendRate } from '../../activities/send-rate.ts';
import { reserveRate } from '../../db/gate.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { SECOND } from '../../domain/durations.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

describe('a share that a process reserves', () => {
  /** Messages of each reservation. */
  let reserved: number[];
  let waitMs: number;
  let fails: boolean;
  /** Milliseconds; passes only when a test says so. */
  let now: number;

  beforeEach(() => {
    [reserved, waitMs, fails, now] = [[], 0, false, 10_000];
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => void jest.restoreAllMocks());

  const rateOf = (perSecond: number) =>
    new SendRate(
      {
        reserveRate: async (_project, messages) => {
          if (fails) throw new Error('the database is away');
          reserved.push(messages);
          return waitMs;
        },
      },
      { projectId: 'project', perSecond },
    );

  test('is a twentieth of a second of the whole rate, however much is wanted', async () => {
    const rate = rateOf(10_000);
    expect(await rate.take(2_000)).toEqual({ granted: 500, waitMs: 0 });
    expect(reserved).toEqual([500]);
  });

  test('is used up before another is reserved', async () => {
    const rate = rateOf(1_000);
    for (let i = 0; i < 5; i++) expect(await rate.take(10)).toMatchObject({ granted: 10 });
    expect(reserved).toEqual([50]);
    expect(await rate.take(10)).toMatchObject({ granted: 10 });
    expect(reserved).toEqual([50, 50]);
  });

  test.each([1, 2, 19, 20, 39])('of %i a second is a single message', async (perSecond) => {
    expect(await rateOf(perSecond).take(100)).toEqual({ granted: 1, waitMs: 0 });
  });

  test('that is not free yet grants nothing until it is', async () => {
    waitMs = 300;
    const rate = rateOf(1_000);
    expect(await rate.take(10)).toEqual({ granted: 0, waitMs: 300 });
    now += 299;
    expect(await rate.take(10)).toEqual({ granted: 0, waitMs: 1 });
    now += 1;
    expect(await rate.take(10)).toEqual({ granted: 10, waitMs: 0 });
    expect(reserved).toEqual([50]);
  });

  test('that was not used for a second is good, and after that it is forfeited: it would be a burst', async () => {
    const rate = rateOf(1_000);
    await rate.take(10);
    now += SECOND;
    await rate.take(10);
    expect(reserved).toEqual([50]);
    now += 1;
    await rate.take(10);
    expect(reserved).toEqual([50, 50]);
  });

  test('that was overdrawn by a notification to several devices is made up for by the next', async () => {
    const rate = rateOf(1_000);
    await rate.take(50);
    rate.correct(7);
    await rate.take(10);
    expect(reserved).toEqual([50, 57]);
  });

  test('that was not used is there for others', async () => {
    const rate = rateOf(1_000);
    await rate.take(50);
    rate.correct(-20);
    expect(await rate.take(100)).toMatchObject({ granted: 20 });
    expect(reserved).toEqual([50]);
  });

  test('is reserved once for all who ask at the same time', async () => {
    const rate = rateOf(1_000);
    const taken = await Promise.all([1, 2, 3].map(() => rate.take(20)));
    expect(taken.map(({ granted }) => granted)).toEqual([20, 20, 10]);
    expect(reserved).toEqual([50]);
  });

  test('is asked for again after a database that was away', async () => {
    const rate = rateOf(1_000);
    fails = true;
    await expect(rate.take(10)).rejects.toThrow('away');
    fails = false;
    expect(await rate.take(10)).toMatchObject({ granted: 10 });
  });
});

describe('the rate of a project', () => {
  const RAMP = 20 * SECOND;
  let project: string;
  let projects = 0;
  beforeEach(() => {
    project = `project-${++projects}`;
  });

  const freeAt = async () =>
    new Date(
      (
        await database.db
          .selectFrom('push_rate_limits')
          .select('next_free_at')
          .where('project_id', '=', project)
          .executeTakeFirstOrThrow()
      ).next_free_at,
    ).getTime();
  /** Milliseconds of the rate that these take, as the table has it: no matter how fast this machine is. */
  async function takes(messages: number, perSecond: number, rampMs: number): Promise<number> {
    const before = await freeAt();
    await reserveRate(database.worker.db, project, messages, perSecond, rampMs);
    return (await freeAt()) - before;
  }
  /** As if the last message had left so long ago. */
  const idleFor = (ms: number) =>
    database.pool.query(
      `update push_rate_limits set next_free_at = clock_timestamp() - make_interval(secs => $2::float8 / 1000) where project_id = $1`,
      [project, ms],
    );
  const isBusySince = async () =>
    (
      await database.pool.query<{ ago: number }>(
        `select extract(epoch from clock_timestamp() - busy_since)::float8 * 1000 as ago from push_rate_limits where project_id = $1`,
        [project],
      )
    ).rows[0]!.ago;

  test('is a tenth at first, and the whole once the ramp is over', async () => {
    // A second ahead, so that this machine does not overtake it.
    expect(await reserveRate(database.worker.db, project, 100, 1_000, RAMP)).toBe(0);
    const pace: number[] = [];
    // A thousand at a time, each reserved where the one before ends: 1,000 a second would take a second.
    while ((await freeAt()) < Date.now() + 2 * RAMP) pace.push(await takes(100, 1_000, RAMP));
    // A slow machine is some way up the ramp by now.
    expect(pace[0]).toBeGreaterThan(500);
    expect(pace[0]).toBeLessThanOrEqual(1_000);
    // Milliseconds are whole.
    for (const [i, each] of pace.slice(1).entries()) expect(each).toBeLessThanOrEqual(pace[i]! + 1);
    expect(Math.abs(pace.at(-1)! - 100)).toBeLessThanOrEqual(1);
  });

  test('is the whole at once where no ramp is wanted', async () => {
    await reserveRate(database.worker.db, project, 1, 1_000, 0);
    // Far enough ahead that this machine does not overtake it.
    await reserveRate(database.worker.db, project, 60_000, 1_000, 0);
    expect(Math.abs((await takes(100, 1_000, 0)) - 100)).toBeLessThanOrEqual(1);
  });

  test('rises anew after nothing was sent for as long as that takes, and not after less', async () => {
    // An hour, so that this machine's own time counts for nothing.
    const hour = 3_600_000;
    await reserveRate(database.worker.db, project, 1, 1_000, hour);
    await database.pool.query(
      `update push_rate_limits set busy_since = clock_timestamp() - interval '3 hours' where project_id = $1`,
      [project],
    );
    await idleFor(hour - 60_000);
    await reserveRate(database.worker.db, project, 1, 1_000, hour);
    expect(await isBusySince()).toBeGreaterThan(hour);
    await idleFor(hour + 1);
    await reserveRate(database.worker.db, project, 1, 1_000, hour);
    expect(await isBusySince()).toBeLessThan(hour / 2);
  });

  test('is one for all processes: what one has reserved, the other waits for', async () => {
    expect(await reserveRate(database.worker.db, project, 60_000, 1_000, 0)).toBe(0);
    const wait = await reserveRate(database.db, project, 1, 1_000, 0);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60_000);
  });

  test('is never exceeded by two processes together, and each gets some of it', async () => {
    const PER_SECOND = 200;
    const repository = new ScenarioRepository(database.worker.db);
    const processes = [1, 2].map(
      () => new SendRate(repository, { projectId: project, perSecond: PER_SECOND, rampMs: 0 }),
    );
    const granted = [0, 0];
    const began = performance.now();
    const isOver = () => performance.now() - began > 1_500;
    await Promise.all(
      processes.map(async (rate, i) => {
        while (!isOver() || granted[i] === 0) {
          const share = await rate.take(1_000);
          granted[i]! += share.granted;
          await sleep(share.waitMs);
        }
      }),
    );
    const seconds = (performance.now() - began) / SECOND;
    // Each may have begun one block more than the time that has passed.
    expect(granted[0]! + granted[1]!).toBeLessThanOrEqual(PER_SECOND * seconds + 2 * (PER_SECOND / 20));
    expect(Math.min(...granted)).toBeGreaterThan(0);
  });

  test('of two a second sends no burst, neither at the start nor after a pause', async () => {
    const repository = new ScenarioRepository(database.worker.db);
    const rate = new SendRate(repository, { projectId: project, perSecond: 2, rampMs: 0 });
    expect(await rate.take(100)).toEqual({ granted: 1, waitMs: 0 });
    const next = await rate.take(100);
    expect(next.granted).toBe(0);
    expect(next.waitMs).toBeLessThanOrEqual(500);
    await idleFor(60_000);
    const other = new SendRate(repository, { projectId: project, perSecond: 2, rampMs: 0 });
    expect(await other.take(100)).toEqual({ granted: 1, waitMs: 0 });
  });

  test('is asked for by two at once for the first time, and both get an answer', async () => {
    const waits = await Promise.all([1, 2, 3, 4].map(() => reserveRate(database.worker.db, project, 10, 10, 0)));
    expect(waits.toSorted((a, b) => a - b)[0]).toBe(0);
    expect(waits.filter((ms) => ms > 0)).toHaveLength(3);
  });
});
