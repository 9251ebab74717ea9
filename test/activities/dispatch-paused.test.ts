import { describe, expect, test } from '@jest/globals';
import { HOUR, MINUTE } from '../../domain/durations.ts';
import { logOf, recordsOf } from '../db/claiming.ts';
import {
  after,
  claim,
  dispatchActivity,
  dueMentor,
  pass,
  passesUntilSettled,
  postsTo,
  sender,
  service,
  setUpDispatching,
} from './dispatching.ts';

setUpDispatching();

describe('a push service that asks for a pause', () => {
  test('by refusing the credentials is not asked further, nothing is invalidated, and everything goes out afterwards', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => dueMentor(['third_party_auth'])));
    const batch = await claim();
    const { counts, pause } = await pass(batch, { settings: { concurrency: 1 } });
    expect(pause).toEqual({ code: 'messaging/third-party-auth-error', retryAfterMs: null });
    expect(counts).toEqual({ sent: 0, failed: 0, held: 0, unknown: 0, open: 5 });
    const posts = await Promise.all(all.map(({ token }) => postsTo(token)));
    expect(posts.flat()).toHaveLength(1);
    expect(
      (await service.db.selectFrom('device_tokens').selectAll().execute()).every((row) => row.invalidated_at === null),
    ).toBe(true);
    // The others meet the same answer once each.
    await passesUntilSettled(batch);
    expect(await service.db.selectFrom('scenario_notifications').selectAll().execute()).toHaveLength(5);
  });

  test.each([
    ['with Retry-After is obeyed to the second', { answer: 'quota', retry_after: 7 }, 7_000],
    ['without Retry-After is given a minute', 'quota', MINUTE],
  ] as const)('by its quota %s', async (_, answer, nextRetryDelay) => {
    const { id } = await dueMentor([answer]);
    const batch = await claim();
    await expect(dispatchActivity(batch)).rejects.toMatchObject({
      type: 'DispatchIncomplete',
      nextRetryDelay,
      nonRetryable: false,
    });
    expect(await recordsOf(service.db, id)).toEqual([]);
    await expect(dispatchActivity(batch)).resolves.toEqual({ sent: 1, failed: 0, unknown: 0 });
  });

  test('by not being there leaves the back-off to Temporal, and is no attempt that counts', async () => {
    const { id } = await dueMentor();
    const push = sender(async () => ({
      outcome: { status: 'rejected', code: 'app/no-connection', retryable: true, tokenIsDead: false },
      pause: { code: 'app/no-connection', retryAfterMs: null },
    }));
    const batch = await claim();
    for (let i = 0; i < 7; i++) expect((await pass(batch, { deps: { push } })).counts).toMatchObject({ open: 1 });
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
  });

  test('for just less than an hour keeps its claims, and those that never got a turn are still sent', async () => {
    await Promise.all([
      dueMentor(['third_party_auth', 'third_party_auth']),
      dueMentor(['third_party_auth', 'third_party_auth']),
    ]);
    const batch = await claim();
    await pass(batch, { settings: { pageSize: 1 } });
    service.setNow(after(HOUR - 1));
    expect((await pass(batch, { settings: { pageSize: 1 } })).counts).toMatchObject({ open: 2, failed: 0 });
  });

  test('for an hour is given up: failed for those that were tried, and for those that never got a turn', async () => {
    const all = await Promise.all(Array.from({ length: 3 }, () => dueMentor(['third_party_auth', 'third_party_auth'])));
    const batch = await claim();
    await pass(batch, { settings: { pageSize: 1 } });
    service.setNow(after(HOUR));
    expect((await pass(batch, { settings: { pageSize: 1 } })).counts).toMatchObject({ open: 0, failed: 3 });
    for (const { id } of all) expect(await logOf(service.db, id)).toMatchObject([{ status: 'failed' }]);
    const reasons = await service.db.selectFrom('scenario_claims').select('release_reason').execute();
    expect(reasons.map((row) => row.release_reason)).not.toContain('no_device_token');
  });

  test('between answers that are unknown does not use up the attempts at resending', async () => {
    const { id, token } = await dueMentor(['unavailable', 'quota', 'quota', 'quota', 'quota', 'quota', 'unavailable']);
    expect(await passesUntilSettled(await claim())).toBe(8);
    expect(await postsTo(token)).toHaveLength(8);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
  });
});
