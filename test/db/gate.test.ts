import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { askGate, closeGate, endProbe } from '../../db/gate.ts';
import { currentHalt, endHalt, startHalt } from '../../db/halts.ts';
import { HOUR, MINUTE, SECOND } from '../../domain/durations.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const LONG = HOUR;
let database: TestDatabase;
let project: string;
let projects = 0;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(() => {
  project = `project-${++projects}`;
});

const ask = (probeMs = LONG) => askGate(database.worker.db, project, probeMs);
const end = (isOpen: boolean) => endProbe(database.worker.db, project, isOpen);
const close = (more: { reason?: string; askedMs?: number; jitter?: number; longestPauseMs?: number } = {}) =>
  closeGate(database.worker.db, {
    projectId: project,
    reason: 'messaging/server-unavailable',
    askedMs: null,
    firstPauseMs: 10 * MINUTE,
    longestPauseMs: HOUR,
    jitter: 0,
    ...more,
  });
/** As if its pause were over. */
const passPause = () =>
  database.pool.query(
    `update push_gates set closed_until = clock_timestamp() - interval '1 second' where project_id = $1`,
    [project],
  );
/** Milliseconds that a pause was asked for, less what this machine took since. */
function expectPause(ms: number, expected: number): void {
  expect(ms).toBeLessThanOrEqual(expected);
  expect(ms).toBeGreaterThan(expected - MINUTE);
}

describe('a project of the push service', () => {
  test('that never was in trouble is open', async () => {
    expect(await ask()).toEqual({ state: 'open', wait_ms: 0, reason: null });
  });

  test('that is closed says for how long, and why', async () => {
    expectPause(await close(), 10 * MINUTE);
    const { state, wait_ms, reason } = await ask();
    expect({ state, reason }).toEqual({ state: 'closed', reason: 'messaging/server-unavailable' });
    expectPause(wait_ms, 10 * MINUTE);
  });

  test('is closed for no other', async () => {
    await close();
    expect(await askGate(database.worker.db, 'another', LONG)).toMatchObject({ state: 'open' });
  });

  test('may be tried by one when its pause is over; everybody else waits for what that one finds', async () => {
    await close();
    await passPause();
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask()));
    expect(answers.filter(({ state }) => state === 'probe')).toHaveLength(1);
    const others = answers.filter(({ state }) => state !== 'probe');
    for (const other of others) expect(other).toMatchObject({ state: 'closed', wait_ms: 3 * SECOND });
  });

  test('may be tried by another once a probe is lost', async () => {
    await close();
    await passPause();
    expect(await ask()).toMatchObject({ state: 'probe', wait_ms: 0 });
    expect(await ask()).toMatchObject({ state: 'closed' });
    await database.pool.query(
      `update push_gates set probe_until = clock_timestamp() - interval '1 second' where project_id = $1`,
      [project],
    );
    expect(await ask()).toMatchObject({ state: 'probe' });
  });

  test('is open for all when a probe was accepted, and its next pause is a first one', async () => {
    await close();
    await passPause();
    await close();
    await passPause();
    await ask();
    await end(true);
    expect(await ask()).toEqual({ state: 'open', wait_ms: 0, reason: null });
    expectPause(await close(), 10 * MINUTE);
  });

  test('may be tried by another at once where a probe was not needed after all', async () => {
    await close();
    await passPause();
    await ask();
    await end(false);
    expect(await ask()).toMatchObject({ state: 'probe' });
  });
});

describe('a pause', () => {
  test('doubles with each closure in a row, up to the longest', async () => {
    const pauses: number[] = [];
    for (let i = 0; i < 5; i++) {
      pauses.push(await close());
      await passPause();
    }
    for (const [i, expected] of [10, 20, 40, 60, 60].entries()) expectPause(pauses[i]!, expected * MINUTE);
  });

  test('is not prolonged by answers to what was in flight, unless they ask for more', async () => {
    await close();
    expectPause(await close(), 10 * MINUTE);
    expectPause(await close({ askedMs: 5 * MINUTE }), 10 * MINUTE);
    expectPause(await close({ askedMs: 30 * MINUTE }), 30 * MINUTE);
    await passPause();
    // One closure in all.
    expectPause(await close(), 20 * MINUTE);
  });

  test('is what the service asked for, however short', async () => {
    expectPause(await close({ askedMs: 2 * MINUTE }), 2 * MINUTE);
  });

  test('is up to a quarter longer, so that workers do not come back in step', async () => {
    expectPause(await close({ jitter: 1 }), 12.5 * MINUTE);
  });

  test('ends a probe that is out', async () => {
    await close();
    await passPause();
    await ask();
    await close();
    await passPause();
    expect(await ask()).toMatchObject({ state: 'probe' });
  });
});

describe('a halt of all sending', () => {
  const at = new Date('2026-11-20T09:00:00Z');

  test('halts every project until it is ended, says why, and takes nobody’s probe', async () => {
    await close();
    await passPause();
    expect(await startHalt(database.worker.db, 'wrong texts', at)).toEqual({ note: 'wrong texts', started_at: at });
    expect(await ask()).toEqual({ state: 'halted', wait_ms: 0, reason: 'wrong texts' });
    expect(await askGate(database.worker.db, 'never in trouble', LONG)).toMatchObject({ state: 'halted' });

    expect(await endHalt(database.worker.db, at)).toMatchObject({ note: 'wrong texts' });
    expect(await ask()).toMatchObject({ state: 'probe' });
  });

  test('that is in force stays as it is when another is asked for, and is ended once', async () => {
    await startHalt(database.worker.db, 'first', at);
    expect(await startHalt(database.worker.db, 'second', at)).toBeNull();
    expect(await currentHalt(database.worker.db)).toEqual({ note: 'first', started_at: at });
    expect(await endHalt(database.worker.db, at)).toMatchObject({ note: 'first' });
    expect(await endHalt(database.worker.db, at)).toBeNull();
    expect(await currentHalt(database.worker.db)).toBeNull();
  });
});
