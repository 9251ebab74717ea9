import { describe, expect, test } from '@jest/globals';
import { evaluateAndDispatch } from '../../activities/evaluate-and-dispatch.ts';
import { readDispatchState } from '../../db/dispatch-state.ts';
import { DAY, HOUR, SECOND } from '../../domain/durations.ts';
import { claimsOf, logOf, recordsOf } from '../db/claiming.ts';
import { dueWith, justBefore, NOON, passAt, TO_COME } from './deferring.ts';
import { after, asOf, claim, dispatchActivity, postsTo, service, setUpDispatching } from './dispatching.ts';

setUpDispatching();

describe('a notification that is due outside of the hours of its mentor', () => {
  test('leaves when they begin, not a millisecond before, with its whole time to live', async () => {
    const due = await dueWith(TO_COME);
    const batch = await claim();
    const waiting = { deferred: 1, open: 0, unknown: 0, sent: 0, deferred_until: NOON };
    expect(await passAt(batch, asOf)).toMatchObject({ ...waiting, next_ms: 2 * HOUR });
    expect(await passAt(batch, justBefore(NOON))).toMatchObject({ ...waiting, next_ms: 1 });
    expect(await postsTo(due.token)).toEqual([]);
    expect(await passAt(batch, NOON)).toMatchObject({ deferred: 0, sent: 1, deferred_until: null, next_ms: null });
    expect(await postsTo(due.token)).toMatchObject([{ ttl: `${DAY / SECOND}s` }]);
    expect(await recordsOf(service.db, due.id)).toMatchObject([{ delivery_status: 'sent', dispatched_at: NOON }]);
  });

  test('is counted as deferred with its batch, and no longer once it is sent', async () => {
    await dueWith(TO_COME);
    const batch = await claim();
    const kept = () =>
      service.db
        .selectFrom('evaluation_batches')
        .select(['claimed', 'sent', 'unknown', 'deferred'])
        .where('batch_key', '=', batch)
        .executeTakeFirstOrThrow();
    await passAt(batch, asOf);
    expect(await kept()).toEqual({ claimed: 1, sent: 0, unknown: 0, deferred: 1 });
    await passAt(batch, NOON);
    expect(await kept()).toEqual({ claimed: 1, sent: 1, unknown: 0, deferred: 0 });
  });

  test('lets the others of its batch leave, and says for how many and until when it waits', async () => {
    for (let i = 0; i < 6; i++) await dueWith(['08:00', '21:00']);
    await dueWith(TO_COME);
    const early = await dueWith(['11:00', '11:30']);
    expect(await dispatchActivity(await claim())).toEqual({
      sent: 6,
      failed: 0,
      unknown: 0,
      deferred: 2,
      withdrawn: 0,
      wait: {
        ms: HOUR,
        notifications: 2,
        why: "their mentors' hours begin then",
        isLong: true,
        hoursBegin: after(HOUR).toISOString(),
      },
    });
    expect(await postsTo(early.token)).toEqual([]);
  });

  test('is not stranded before they have begun for a while', async () => {
    await dueWith(TO_COME);
    const batch_key = await claim();
    await passAt(batch_key, asOf);
    expect(await service.repository.strandedBatches(NOON, { after: '', most: 100 })).toEqual([]);
    expect(
      await service.repository.strandedBatches(new Date(NOON.getTime() + 1), { after: '', most: 100 }),
    ).toMatchObject([{ batch_key }]);
  });

  test('is measured as deferred, and is unsettled only since they have begun', async () => {
    await dueWith(TO_COME);
    const batch = await claim();
    await passAt(batch, asOf);
    const measured = (at: Date) => readDispatchState(service.worker.db, at);
    expect(await measured(NOON)).toMatchObject({
      deferred: { inactivity: 1, milestone: 0 },
      oldest_unsettled_seconds: 0,
    });
    expect(await measured(after(3 * HOUR))).toMatchObject({ oldest_unsettled_seconds: HOUR / SECOND });
    await passAt(batch, NOON);
    expect(await measured(NOON)).toMatchObject({ deferred: { inactivity: 0 }, oldest_unsettled_seconds: 0 });
  });

  test('is deferred by evaluateAndDispatch as well, which says until when and does not wait', async () => {
    const due = await dueWith(TO_COME);
    expect(await evaluateAndDispatch(due.id, 'inactivity', { asOf }, service.deps)).toMatchObject({
      status: 'deferred',
      sendAt: NOON,
      counts: { claimed: 1, deferred: 1, sent: 0, unknown: 0, withdrawn: 0 },
    });
    expect(await claimsOf(service.db, due.id)).toMatchObject([{ state: 'open' }]);
  });

  test('keeps its claim without a device, for there may be one by then', async () => {
    const due = await dueWith(TO_COME);
    const batch = await claim();
    await passAt(batch, asOf);
    const invalidate = (at: Date | null) =>
      service.db
        .updateTable('device_tokens')
        .set({ invalidated_at: at, invalidation_reason: at && 'test' })
        .where('id', '=', due.deviceId)
        .execute();
    await invalidate(asOf);
    expect(await passAt(batch, justBefore(NOON))).toMatchObject({ deferred: 1, failed: 0 });
    await invalidate(null);
    expect(await passAt(batch, NOON)).toMatchObject({ sent: 1 });
  });

  test('and is claimed only after they have begun leaves at once', async () => {
    const due = await dueWith(['08:00', '21:00']);
    const batch = await claim({ now: asOf }, after(-4 * HOUR));
    expect(await claimsOf(service.db, due.id)).toMatchObject([{ send_at: null }]);
    expect(await passAt(batch, asOf)).toMatchObject({ sent: 1, deferred: 0 });
    expect(await postsTo(due.token)).toMatchObject([{ ttl: `${DAY / SECOND}s` }]);
  });

  test('and is claimed only after they have ended waits for the next ones', async () => {
    const due = await dueWith(['08:00', '09:30']);
    const batch = await claim({ now: asOf }, after(-4 * HOUR));
    expect(await passAt(batch, asOf)).toMatchObject({ deferred: 1, deferred_until: after(22 * HOUR) });
    expect(await passAt(batch, after(22 * HOUR))).toMatchObject({ sent: 1 });
    expect(await postsTo(due.token)).toMatchObject([{ ttl: `${DAY / SECOND}s` }]);
  });

  test('is skipped in the log when there is none once they begin', async () => {
    const due = await dueWith(TO_COME);
    const batch = await claim();
    await passAt(batch, asOf);
    await service.db.deleteFrom('device_tokens').where('user_id', '=', due.id).execute();
    expect(await passAt(batch, NOON)).toMatchObject({ deferred: 0, failed: 1 });
    expect(await logOf(service.db, due.id)).toMatchObject([{ status: 'skipped' }]);
  });
});
