import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { Gatekeeper } from '../../activities/gatekeeper.ts';
import { HOUR, MINUTE, SECOND } from '../../domain/durations.ts';
import type { PushServiceTrouble } from '../../domain/outcome.ts';
import type { ScenarioRepository } from '../../db/scenario-repository.ts';

type Closure = Parameters<ScenarioRepository['closeGate']>[0];

let closures: Closure[];
let gatekeeper: Gatekeeper;
/** Milliseconds; passes only when a test says so. */
let now = 0;

beforeEach(() => {
  closures = [];
  now = 1_000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const repository = {
    closeGate: async (closure: Closure) => {
      closures.push(closure);
      return 250;
    },
  };
  const times = { firstPauseMs: 10 * SECOND, longestPauseMs: MINUTE };
  gatekeeper = new Gatekeeper(repository, 'project', times, pino({ level: 'silent' }));
});
afterEach(() => void jest.restoreAllMocks());

const busy: PushServiceTrouble = { code: 'messaging/server-unavailable', retryAfterMs: null, closes: 'in a row' };
const quota = (retryAfterMs: number | null = MINUTE): PushServiceTrouble => ({
  code: 'messaging/message-rate-exceeded',
  retryAfterMs,
  closes: 'at once',
});

let mentors = 0;
/** Another mentor each time. */
const to = (platform = 'android') => ({ user_id: `mentor ${++mentors}`, platform });

/** An answer to what left just now. */
function answer(trouble?: PushServiceTrouble, addressee = to()) {
  now += 1;
  return gatekeeper.answered(trouble, now - 0.5, addressee);
}

describe('trouble that several messages must have met', () => {
  test('closes nothing four times in a row, and the fifth time it does', async () => {
    for (let i = 0; i < 4; i++) expect(answer(busy)).toBeNull();
    expect(closures).toEqual([]);
    expect(await answer(busy)).toBe(250);
    expect(closures).toMatchObject([
      { projectId: 'project', reason: busy.code, askedMs: null, firstPauseMs: 10 * SECOND, longestPauseMs: MINUTE },
    ]);
  });

  test('counts anew after any answer that is none', () => {
    for (let i = 0; i < 4; i++) void answer(busy);
    expect(answer()).toBeNull();
    for (let i = 0; i < 4; i++) expect(answer(busy)).toBeNull();
    expect(closures).toEqual([]);
  });

  test('counts anew after it has closed', async () => {
    for (let i = 0; i < 5; i++) await answer(busy);
    for (let i = 0; i < 4; i++) expect(answer(busy)).toBeNull();
    await answer(busy);
    expect(closures).toHaveLength(2);
  });
});

describe('trouble of which one answer is enough', () => {
  test('closes at the first, for as long as was asked', async () => {
    await answer(quota(90 * SECOND));
    expect(closures).toMatchObject([{ reason: quota().code, askedMs: 90 * SECOND }]);
  });

  test('closes without a time where none was asked', async () => {
    await answer({ code: 'app/no-connection', retryAfterMs: null, closes: 'at once' });
    expect(closures).toMatchObject([{ askedMs: null }]);
  });

  test.each([
    ['an hour', HOUR, HOUR],
    ['a millisecond more than an hour', HOUR + 1, HOUR],
    ['a year', 365 * 24 * HOUR, HOUR],
    ['no time at all', 0, 0],
  ])('that asks for %s is obeyed for an hour at most', async (_, asked, obeyed) => {
    await answer(quota(asked));
    expect(closures).toMatchObject([{ askedMs: obeyed }]);
  });

  test('adds jitter of its own, from 0 to 1', async () => {
    for (let i = 0; i < 20; i++) await answer(quota());
    for (const { jitter } of closures) {
      expect(jitter).toBeGreaterThanOrEqual(0);
      expect(jitter).toBeLessThan(1);
    }
    expect(new Set(closures.map(({ jitter }) => jitter)).size).toBeGreaterThan(1);
  });
});

describe('an answer to what was in flight when the project was closed', () => {
  const connection: PushServiceTrouble = { code: 'app/no-connection', retryAfterMs: null, closes: 'at once' };

  test('is the same trouble, and closes nothing again', async () => {
    await gatekeeper.answered(connection, now - 10, to());
    expect(gatekeeper.answered(connection, now - 10, to())).toBeNull();
    expect(closures).toHaveLength(1);
  });

  test('closes again where it asks for a time of its own', async () => {
    await gatekeeper.answered(connection, now - 10, to());
    await gatekeeper.answered(quota(), now - 10, to());
    expect(closures).toMatchObject([{ askedMs: null }, { askedMs: MINUTE }]);
  });

  test('is another trouble where it left afterwards', async () => {
    await gatekeeper.answered(connection, now - 10, to());
    await gatekeeper.answered(connection, now + 1, to());
    expect(closures).toHaveLength(2);
  });
});

describe('what one mentor alone meets', () => {
  test('is theirs, on however many devices: it closes nothing', async () => {
    for (let i = 0; i < 110; i++) expect(answer(busy, { user_id: 'one', platform: 'android' })).toBeNull();
    expect(closures).toEqual([]);
  });
});

describe('devices of one platform that are refused', () => {
  const refused: PushServiceTrouble = {
    code: 'messaging/third-party-auth-error',
    retryAfterMs: null,
    closes: 'in a row',
    of: 'platform',
  };

  test('of five mentors set the platform aside and leave the project open', async () => {
    for (let i = 0; i < 4; i++) expect(answer(refused, to('ios'))).toBeNull();
    expect(await answer(refused, to('ios'))).toBe(250);
    expect(closures).toMatchObject([{ projectId: 'project/ios', longestPauseMs: 15 * MINUTE }]);
  });

  test('are counted whatever other platforms accept meanwhile', async () => {
    for (let i = 0; i < 4; i++) {
      expect(answer(refused, to('ios'))).toBeNull();
      void answer(undefined, to('android'));
    }
    expect(await answer(refused, to('ios'))).toBe(250);
  });

  test('are counted anew after one of the platform is accepted', () => {
    for (let i = 0; i < 4; i++) void answer(refused, to('ios'));
    void answer(undefined, to('ios'));
    for (let i = 0; i < 4; i++) expect(answer(refused, to('ios'))).toBeNull();
    expect(closures).toEqual([]);
  });

  test('of several platforms are counted apart', () => {
    for (const platform of ['ios', 'web']) for (let i = 0; i < 4; i++) expect(answer(refused, to(platform))).toBeNull();
  });

  test('say that the project answers', () => {
    for (let i = 0; i < 4; i++) void answer(busy);
    expect(answer(refused, to('ios'))).toBeNull();
    for (let i = 0; i < 4; i++) expect(answer(busy)).toBeNull();
    expect(closures).toEqual([]);
  });
});
