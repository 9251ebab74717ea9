import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { DAY, HOUR, MINUTE, SECOND } from '../../domain/durations.ts';
import { SCENARIO_TYPES, SCENARIOS } from '../../domain/scenarios/registry.ts';
import {
  ANSWER_DEADLINE,
  BEAT_EVERY,
  CHECK_AGAIN_AFTER,
  CLOCK_SKEW,
  DEADLOCK_TIMEOUT,
  DRAIN_WITHIN,
  FIRST_PAUSE,
  HAND_OVER_AFTER,
  HEARTBEAT_TIMEOUT,
  HOLDER_GRACE,
  LAST_ANSWERS,
  LAST_TRIES,
  LATE_AFTER,
  LEAVES_WITHIN,
  LOCK_WAIT,
  LOCK_WAIT_OF_EVALUATION,
  LONGEST_ASKED_PAUSE,
  LONGEST_PAUSE,
  LOOK_EVERY,
  PROBE_WITHIN,
  RAMP,
  SENDING_TIMES,
} from '../../domain/timing.ts';
import { readConfig } from '../../worker/config.ts';

const shortestTimeToLive = Math.min(...SCENARIO_TYPES.map((type) => SCENARIOS[type].timeToLiveMinutes)) * MINUTE;
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe('a worker that dies', () => {
  test('is missed after several beats, not after one that was late', () => {
    expect(3 * BEAT_EVERY).toBeLessThanOrEqual(HEARTBEAT_TIMEOUT);
  });

  test('or was frozen lets nothing leave by the time that another has its batch', () => {
    expect(LEAVES_WITHIN).toBeLessThan(HEARTBEAT_TIMEOUT);
  });

  test('is waited for until all that it let leave is answered or given up, and written', () => {
    expect(HOLDER_GRACE).toBeGreaterThanOrEqual(LEAVES_WITHIN + ANSWER_DEADLINE + LOOK_EVERY);
  });

  test('is looked after far more often than it is waited for', () => {
    expect(10 * LOOK_EVERY).toBeLessThanOrEqual(HOLDER_GRACE);
  });
});

describe('whoever waits for a lock in a circle', () => {
  test('is the service that lets go, well before PostgreSQL ends somebody', () => {
    expect(2 * Math.max(LOCK_WAIT, LOCK_WAIT_OF_EVALUATION)).toBeLessThanOrEqual(DEADLOCK_TIMEOUT);
  });
});

describe('a worker that is told to stop', () => {
  test('waits for the longest answer, and has time to write it', () => {
    expect(LAST_ANSWERS).toBeGreaterThan(ANSWER_DEADLINE);
  });

  test('has time for its last tries to write', () => {
    expect(LAST_TRIES).toBeLessThan(LAST_ANSWERS);
  });

  test('is given longer than that by the manifests', () => {
    const { graceSeconds } = readConfig({
      DATABASE_URL: 'postgres://database/push',
      FIREBASE_MESSAGING_EMULATOR_HOST: '127.0.0.1:9099',
    });
    const [, given] = /terminationGracePeriodSeconds: (\d+)/.exec(
      readFileSync('deploy/kubernetes/worker.yaml', 'utf8'),
    )!;
    expect(Number(given) * SECOND).toBeGreaterThan(graceSeconds * SECOND + LAST_ANSWERS);
  });

  test('does not keep who comes after it waiting for longer than one that died', () => {
    expect(LAST_ANSWERS).toBeLessThanOrEqual(HOLDER_GRACE);
  });
});

describe('a notification of unknown outcome', () => {
  const { unknownRetryDelaysMs, giveUpAfterMs, refusedRetryDelaysMs } = SENDING_TIMES;

  test('is tried five times', () => {
    expect(unknownRetryDelaysMs.length + 1).toBe(5);
  });

  test('is tried for the last time while the shortest time to live lasts, with all its answers late', () => {
    expect(sum(unknownRetryDelaysMs) + 5 * ANSWER_DEADLINE).toBeLessThan(shortestTimeToLive);
  });

  test('is settled before an alert calls for one that is not', () => {
    const rules = readFileSync('deploy/prometheus/alerts.yml', 'utf8');
    const [, seconds] = /oldest_unsettled_claim_seconds\) > (\d+)/.exec(rules)!;
    expect(Number(seconds) * SECOND).toBeGreaterThan(sum(unknownRetryDelaysMs) + 5 * (ANSWER_DEADLINE + LONGEST_PAUSE));
  });

  test('waits longer each time', () => {
    expect(unknownRetryDelaysMs).toEqual(unknownRetryDelaysMs.toSorted((a, b) => a - b));
    expect(refusedRetryDelaysMs).toEqual(refusedRetryDelaysMs.toSorted((a, b) => a - b));
  });

  test('keeps its sweep waiting for the first two tries, and for no later one', () => {
    const [first, second, third] = unknownRetryDelaysMs;
    expect(HAND_OVER_AFTER).toBeGreaterThanOrEqual(Math.max(first!, second!));
    expect(HAND_OVER_AFTER).toBeLessThan(third!);
  });

  test('is evaluated again before a try that comes long after the claim', () => {
    expect(CHECK_AGAIN_AFTER).toBeLessThanOrEqual(Math.max(...unknownRetryDelaysMs));
  });

  test('and one that is refused is given up while it could still be shown', () => {
    expect(giveUpAfterMs).toBeLessThan(shortestTimeToLive);
    expect(Math.max(...refusedRetryDelaysMs)).toBeLessThan(giveUpAfterMs);
  });
});

describe('a push service that is closed', () => {
  test('has a probe for as long as its answer may take', () => {
    expect(PROBE_WITHIN).toBeGreaterThanOrEqual(LEAVES_WITHIN + ANSWER_DEADLINE);
  });

  test('is left alone for ten seconds at first, as FCM asks, and never for longer than was asked for', () => {
    expect(FIRST_PAUSE).toBeGreaterThanOrEqual(10 * SECOND);
    expect(FIRST_PAUSE).toBeLessThan(LONGEST_PAUSE);
    expect(LONGEST_PAUSE).toBeLessThan(LONGEST_ASKED_PAUSE);
  });

  test('is waited for by its sweep, unless it asks for more than its own longest pause with a quarter of jitter', () => {
    expect(HAND_OVER_AFTER).toBeGreaterThan(1.25 * LONGEST_PAUSE);
    expect(HAND_OVER_AFTER).toBeLessThan(LONGEST_ASKED_PAUSE);
  });

  test('may ask for no more than lets what was claimed go out afterwards', () => {
    expect(1.25 * LONGEST_ASKED_PAUSE).toBeLessThan(shortestTimeToLive);
  });
});

test('the rate rises over a minute, as FCM asks', () => {
  expect(RAMP).toBeGreaterThanOrEqual(MINUTE);
});

test('all that is in flight is done before a holder would be taken for silent', () => {
  expect(DRAIN_WITHIN).toBeLessThan(HOLDER_GRACE);
});

test('what is late is late by far more than clocks disagree, and by less than a day', () => {
  expect(CLOCK_SKEW).toBeLessThan(MINUTE);
  expect(LATE_AFTER).toBeGreaterThan(CLOCK_SKEW);
  expect(LATE_AFTER).toBeLessThan(DAY);
  expect(LATE_AFTER).toBe(6 * HOUR);
});
