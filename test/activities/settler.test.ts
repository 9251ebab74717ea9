import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import pino from 'pino';
import { Settler } from '../../activities/settler.ts';
import { DISPATCH_DEFAULTS, type Dependencies } from '../../activities/dependencies.ts';
import type { AttemptResult, SettleRequest, Settlement } from '../../db/attempts.ts';
import { ScenarioRepositoryException } from '../../db/repository-exception.ts';

const NOTHING: Settlement = { sent: 0, failed: 0, held: 0, recorded: 0 };
const lost = () => new ScenarioRepositoryException('settleClaims', new Error('connection lost'));

let settled: number[];
let running: number;
/** What the database does with each statement. */
let database: () => Promise<void>;
let settler: Settler;

beforeEach(() => {
  jest.useFakeTimers();
  [settled, running, database] = [[], 0, async () => {}];
  const settleClaims = async ({ claims }: SettleRequest): Promise<Settlement> => {
    running++;
    try {
      await database();
    } finally {
      running--;
    }
    settled.push(claims!.length);
    return { ...NOTHING, sent: claims!.length, recorded: claims!.length };
  };
  const deps = { repository: { settleClaims }, clock: () => new Date(), log: pino({ level: 'silent' }) };
  const holding = {
    fence: 1,
    previous_holder: null,
    scenario_type: 'inactivity',
    range_from: '',
    range_to: null,
  } as const;
  settler = new Settler({ key: 'batch', holding }, deps as unknown as Dependencies, DISPATCH_DEFAULTS);
});
afterEach(() => void jest.useRealTimers());

const answers = (n: number) =>
  Array.from(
    { length: n },
    (_, i) => ({ claim_id: `${i}`, outcome: { status: 'accepted' } }) as unknown as AttemptResult,
  );
const takes = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('answers are settled together', () => {
  test('after a quarter of a second, and not before', async () => {
    settler.learned(answers(1));
    await jest.advanceTimersByTimeAsync(200);
    settler.learned(answers(2));
    await jest.advanceTimersByTimeAsync(49);
    expect(settled).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(settled).toEqual([3]);
  });

  test('once there are a hundred', async () => {
    settler.learned(answers(99));
    await jest.advanceTimersByTimeAsync(0);
    expect(settled).toEqual([]);
    settler.learned(answers(1));
    await jest.advanceTimersByTimeAsync(0);
    expect(settled).toEqual([100]);
  });

  test('also those that come while a statement runs for longer than that', async () => {
    database = takes(400);
    settler.learned(answers(1));
    await jest.advanceTimersByTimeAsync(260);
    settler.learned(answers(1));
    await jest.advanceTimersByTimeAsync(2_000);
    expect(settled).toEqual([1, 1]);
  });
});

test('the end waits for all of them, also for those that came while it waited', async () => {
  database = takes(50);
  settler.learned(answers(100));
  settler.learned(answers(120));
  const end = settler.finish();
  await jest.advanceTimersByTimeAsync(500);
  await end;
  expect({ settled, running }).toEqual({ settled: [100, 120], running: 0 });
});

describe('a database that is away', () => {
  test('for a few seconds is waited for', async () => {
    const back = Date.now() + 3_000;
    database = () => (Date.now() < back ? Promise.reject(lost()) : Promise.resolve());
    settler.learned(answers(100));
    const end = settler.finish();
    await jest.advanceTimersByTimeAsync(10_000);
    await end;
    expect(settled).toEqual([100]);
    expect(() => settler.throwIfStuck()).not.toThrow();
  });

  test('for longer ends it with the error', async () => {
    database = () => Promise.reject(lost());
    settler.learned(answers(1));
    const end = settler.finish().catch((error: Error) => error.message);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(await end).toContain('connection lost');
    expect(() => settler.throwIfStuck()).toThrow('connection lost');
    expect(jest.getTimerCount()).toBe(0);
  });
});

test('whoever gives up leaves nothing running and no timer', async () => {
  database = () => takes(50)().then(() => Promise.reject(lost()));
  settler.learned(answers(100));
  const end = settler.giveUp();
  await jest.advanceTimersByTimeAsync(50);
  await end;
  expect({ running, timers: jest.getTimerCount() }).toEqual({ running: 0, timers: 0 });
});

test('a thousand that wait hold up what is sent next', () => {
  database = () => new Promise(() => {});
  settler.learned(answers(1_000));
  settler.learned(answers(1_000));
  expect(settler.isBehind).toBe(false);
  settler.learned(answers(1));
  expect(settler.isBehind).toBe(true);
});
