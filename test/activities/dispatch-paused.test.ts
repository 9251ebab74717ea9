import { describe, expect, test } from '@jest/globals';
import type { DispatchResult } from '../../activities/dispatch-wait.ts';
import { HOUR, MINUTE } from '../../domain/durations.ts';
import { logOf, recordsOf } from '../db/claiming.ts';
import { device } from '../support/factories.ts';
import {
  after,
  claim,
  dispatchActivity,
  dueMentor,
  openGate,
  pass,
  passesUntilSettled,
  postsTo,
  sender,
  service,
  setUpDispatching,
} from './dispatching.ts';

setUpDispatching();

const oneAtATime = { settings: { concurrency: 1 } };
const posts = async () => (await service.emulator.ledger()).filter(({ token }) => token?.startsWith('secret-'));
const postsSince = async (before: number) => (await posts()).length - before;

describe('a push service in trouble', () => {
  test('that refuses the credentials five times in a row is not asked further, and everything goes out afterwards', async () => {
    const before = (await posts()).length;
    await Promise.all(Array.from({ length: 8 }, () => dueMentor(['unauthenticated'])));
    const batch = await claim();
    const { counts, stop } = await pass(batch, oneAtATime);
    expect(stop).toMatchObject({ why: 'closed', reason: 'messaging/third-party-auth-error' });
    expect(counts).toMatchObject({ sent: 0, failed: 0, held: 0, unknown: 0, open: 8 });
    expect(await postsSince(before)).toBe(5);
    const devices = await service.db.selectFrom('device_tokens').selectAll().execute();
    expect(devices.every((row) => row.invalidated_at === null)).toBe(true);
    await passesUntilSettled(batch);
    expect(await service.db.selectFrom('scenario_notifications').selectAll().execute()).toHaveLength(8);
  });

  test('four times in a row, and then accepts, is asked on', async () => {
    await Promise.all(Array.from({ length: 4 }, () => dueMentor(['unavailable'])));
    const others = await Promise.all(Array.from({ length: 4 }, () => dueMentor()));
    const { counts, stop } = await pass(await claim(), oneAtATime);
    // In the order of their ids: four in a row happen, five cannot.
    expect(stop).toBeNull();
    expect(counts).toMatchObject({ unknown: 4, sent: others.length });
  });

  test.each([
    ['its quota with Retry-After is left alone that long', { answer: 'quota', retry_after: 7 }, 7_000],
    ['its quota without Retry-After is left alone for a minute', 'quota', MINUTE],
    ['503 with Retry-After is left alone that long', { answer: 'unavailable', retry_after: 9 }, 9_000],
  ] as const)('that says %s, by all workers', async (_, answer, asked) => {
    const before = (await posts()).length;
    await Promise.all([dueMentor([answer]), dueMentor()]);
    const batch = await claim();
    await pass(batch, oneAtATime);
    const { wait } = (await dispatchActivity(batch)) as DispatchResult;
    expect(wait!.ms).toBeGreaterThan(asked - 2_000);
    expect(wait!.ms).toBeLessThanOrEqual(asked * 1.25);
    expect(await postsSince(before)).toBeLessThanOrEqual(2);
    await openGate();
    expect(await dispatchActivity(batch)).toMatchObject({ sent: 2, failed: 0, unknown: 0 });
  });

  test('that is not there costs no attempts, however often it is asked', async () => {
    const { id } = await dueMentor();
    const away = sender(async () => ({
      outcome: { status: 'rejected', code: 'app/no-connection', retryable: true, tokenIsDead: false },
      trouble: { code: 'app/no-connection', retryAfterMs: null, closes: 'at once' },
    }));
    const batch = await claim();
    for (let i = 0; i < 7; i++) {
      await openGate();
      expect((await pass(batch, { deps: { push: away } })).counts).toMatchObject({ open: 1 });
    }
    await openGate();
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
  });

  test('keeps what never left for its whole time to live, and nothing of it becomes unknown', async () => {
    const ids = await Promise.all(Array.from({ length: 3 }, () => dueMentor()));
    const batch = await claim();
    await close('20 seconds');
    expect((await pass(batch)).counts).toMatchObject({ open: 3, unknown: 0 });
    service.setNow(after(3 * HOUR));
    expect((await pass(batch)).counts).toMatchObject({ open: 3, unknown: 0, failed: 0 });
    await openGate();
    expect((await pass(batch)).counts).toMatchObject({ sent: 3 });
    for (const { token } of ids) expect(await postsTo(token)).toHaveLength(1);
  });

  test('refusing one message for just less than an hour keeps its claim, and for an hour it is given up', async () => {
    const { id } = await dueMentor(Array(4).fill('third_party_auth'));
    const batch = await claim();
    await pass(batch);
    service.setNow(after(HOUR - 1));
    expect((await pass(batch)).counts).toMatchObject({ open: 1, failed: 0 });
    service.setNow(after(HOUR));
    expect((await pass(batch)).counts).toMatchObject({ open: 0, failed: 1 });
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'failed' }]);
  });

  test('between answers that are unknown does not use up the attempts at resending', async () => {
    const { id, token } = await dueMentor(['unavailable', 'quota', 'quota', 'quota', 'quota', 'quota', 'unavailable']);
    expect(await passesUntilSettled(await claim())).toBe(8);
    expect(await postsTo(token)).toHaveLength(8);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
  });
});

describe('a push service that was closed for long enough', () => {
  test('is asked with one message, and opens for all when it accepts', async () => {
    await Promise.all(Array.from({ length: 6 }, () => dueMentor()));
    const batch = await claim();
    await close('-1 second');
    let atOnce = 0;
    let most = 0;
    let asked = 0;
    const push = sender(async (message) => {
      most = Math.max(most, ++atOnce);
      if (++asked === 1) expect((await gate())?.probe_until).not.toBeNull();
      const result = await service.deps.push.send(message);
      if (asked === 1) expect(most).toBe(1);
      atOnce--;
      return result;
    });
    expect((await pass(batch, { deps: { push } })).counts).toMatchObject({ sent: 6 });
    expect(await gate()).toMatchObject({ closed_until: null, closures: 0, probe_until: null });
  });

  test('and fails again is closed for twice as long after a single message', async () => {
    const before = (await posts()).length;
    await Promise.all(Array.from({ length: 6 }, () => dueMentor(Array(3).fill('unavailable'))));
    const batch = await claim();
    await close('-1 second');
    const { stop, counts } = await pass(batch);
    expect(stop).toMatchObject({ why: 'closed' });
    expect(stop!.waitMs).toBeGreaterThan(19_000);
    expect(stop!.waitMs).toBeLessThanOrEqual(25_000);
    expect(counts).toMatchObject({ open: 5, unknown: 1 });
    expect(await postsSince(before)).toBe(1);
    expect(await gate()).toMatchObject({ closures: 2 });
  });

  test('stays closed when one device of the mentor that is asked accepts and another does not', async () => {
    const { id } = await dueMentor([{ answer: 'quota', retry_after: 600 }]);
    await device(service.db, id, { token: `secret-other-${id}` });
    service.emulator.script(`secret-other-${id}`, { answer: 'accepted', latency_ms: 100 });
    await close('-1 second');
    const { stop } = await pass(await claim());
    expect(stop).toMatchObject({ why: 'closed' });
    expect(stop!.waitMs).toBeGreaterThanOrEqual(599_000);
    expect((await gate())?.closed_until).not.toBeNull();
  });

  test('is not asked by a second while the first waits for its answer', async () => {
    const [one, other] = await Promise.all([dueMentor(), dueMentor()]);
    const batches = [await claim(), await claim({ scenarioType: 'welcome_back' })];
    expect(batches).toHaveLength(2);
    await close('-1 second');
    await service.db
      .updateTable('push_gates')
      .set({ probe_until: new Date(Date.now() + MINUTE) })
      .execute();
    expect((await pass(batches[0]!)).stop).toMatchObject({ why: 'closed', waitMs: 3_000 });
    expect([...(await postsTo(one.token)), ...(await postsTo(other.token))]).toEqual([]);
  });

  test('and is asked by a batch that has nothing to send is left to the next', async () => {
    await dueMentor();
    const batch = await claim();
    await pass(batch);
    await close('-1 second');
    await pass(batch);
    expect(await gate()).toMatchObject({ probe_until: null });
  });
});

const close = (until: string) =>
  service.pool.query(
    `insert into push_gates (project_id, closed_until, reason, closures) values ('test', now() + $1::interval, 'test', 1)`,
    [until],
  );
const gate = () => service.db.selectFrom('push_gates').selectAll().executeTakeFirst();
