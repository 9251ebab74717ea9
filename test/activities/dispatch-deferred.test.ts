import { describe, expect, test } from '@jest/globals';
import { evaluateAndDispatch } from '../../activities/evaluate-and-dispatch.ts';
import { readDispatchState } from '../../db/dispatch-state.ts';
import { endHalt, startHalt } from '../../db/halts.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../domain/durations.ts';
import { rangeOfMentor } from '../../domain/mentor-range.ts';
import { claimsOf, logOf, recordsOf } from '../db/claiming.ts';
import { chapter, daysBefore, record } from '../support/factories.ts';
import {
  after,
  asOf,
  claim,
  dispatchActivity,
  dueMentor,
  openGate,
  pass,
  postsTo,
  service,
  setUpDispatching,
} from './dispatching.ts';

setUpDispatching();

/** In Oslo, where `asOf` is at 10:00. */
const NOON = after(2 * HOUR);
const TO_COME = ['12:00', '20:00'] as const;

async function setHours(chapterId: string, [from, until]: readonly [string, string]): Promise<void> {
  await service.pool.query(
    `insert into delivery_policies (chapter_id, send_from, send_until) values ($1, $2, $3)
     on conflict (organization_id, chapter_id) do update set send_from = excluded.send_from, send_until = excluded.send_until`,
    [chapterId, from, until],
  );
}
const setZone = (userId: string, zone: string) =>
  service.pool.query('update users set timezone = $2 where id = $1', [userId, zone]);

/** A mentor who is due, in a chapter of their own with these hours. */
async function dueWith(hours: readonly [string, string], answers: Parameters<typeof dueMentor>[0] = []) {
  const chapterId = await chapter(service.db);
  await setHours(chapterId, hours);
  return { chapterId, ...(await dueMentor(answers, { chapterId, activities: [daysBefore(asOf, 40)] })) };
}

/** One pass at an instant, as if the push service were open again. */
async function passAt(batch: string, at: Date) {
  service.setNow(at);
  await openGate();
  return (await pass(batch)).counts;
}
const justBefore = (at: Date) => new Date(at.getTime() - 1);

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

describe('while it waits', () => {
  async function waiting() {
    const due = await dueWith(TO_COME);
    const batch = await claim();
    expect(await passAt(batch, asOf)).toMatchObject({ deferred: 1 });
    return { due, batch };
  }

  test('the mentor opts out: it is withdrawn', async () => {
    const { due, batch } = await waiting();
    const optOut = { user_id: due.id, scenario_type: 'inactivity', enabled: false };
    await service.db.insertInto('notification_preferences').values(optOut).execute();
    expect(await passAt(batch, NOON)).toMatchObject({ deferred: 0, withdrawn: 1, sent: 0 });
    expect(await claimsOf(service.db, due.id)).toMatchObject([{ release_reason: 'opted_out' }]);
    expect(await postsTo(due.token)).toEqual([]);
  });

  test('the mentor does what it is about: it is withdrawn, and not before its time is looked at again', async () => {
    const { due, batch } = await waiting();
    await service.db
      .insertInto('activities')
      .values({ user_id: due.id, activity_date: daysBefore(asOf, 0) })
      .execute();
    expect(await passAt(batch, justBefore(NOON))).toMatchObject({ deferred: 1, withdrawn: 0 });
    expect(await passAt(batch, NOON)).toMatchObject({ deferred: 0, withdrawn: 1, sent: 0 });
    expect(await claimsOf(service.db, due.id)).toMatchObject([{ release_reason: 'no_longer_due' }]);
  });

  test.each([
    ['the rule is switched off', 'rule_off', `update scenario_rules set enabled = false`],
    ['the mentor is deactivated', 'not_active', `update users set status = 'inactive'`],
  ])('%s: it is withdrawn as %s', async (_, reason, change) => {
    const { due, batch } = await waiting();
    await service.pool.query(change);
    try {
      expect(await passAt(batch, NOON)).toMatchObject({ deferred: 0, withdrawn: 1, sent: 0 });
    } finally {
      await service.pool.query('update scenario_rules set enabled = true');
    }
    expect(await claimsOf(service.db, due.id)).toMatchObject([{ release_reason: reason }]);
  });

  test('a day passes: the text says what is true when it is sent', async () => {
    const due = await dueWith(['05:00', '06:00']);
    const batch = await claim();
    expect(await claimsOf(service.db, due.id)).toMatchObject([{ message_values: { days: 40 } }]);
    expect(await passAt(batch, after(19 * HOUR))).toMatchObject({ sent: 1 });
    expect(await claimsOf(service.db, due.id)).toMatchObject([{ message_values: { days: 41 } }]);
  });

  test('the hours are moved on: it waits for the new ones, with its whole time to live', async () => {
    const { due, batch } = await waiting();
    await setHours(due.chapterId, ['13:00', '20:00']);
    const one = after(3 * HOUR);
    expect(await passAt(batch, NOON)).toMatchObject({ deferred: 1, sent: 0, deferred_until: one });
    expect(await passAt(batch, one)).toMatchObject({ deferred: 0, sent: 1 });
    expect(await postsTo(due.token)).toMatchObject([{ ttl: `${DAY / SECOND}s` }]);
  });

  test('the mentor moves to where they have not begun: it waits for those', async () => {
    const { due, batch } = await waiting();
    await setZone(due.id, 'Europe/London');
    expect(await passAt(batch, NOON)).toMatchObject({ deferred: 1, deferred_until: after(3 * HOUR) });
  });

  test('every hour is opened: it is sent when those begin for which it was deferred', async () => {
    const { due, batch } = await waiting();
    await setHours(due.chapterId, ['00:00', '00:00']);
    expect(await passAt(batch, NOON)).toMatchObject({ deferred: 0, sent: 1 });
  });

  test('a cap is lowered: what was claimed under the one before is sent', async () => {
    const { due, batch } = await waiting();
    await service.pool.query('update delivery_policies set max_notifications = 1 where chapter_id = $1', [
      due.chapterId,
    ]);
    await record(service.db, due.id, 'milestone', after(-HOUR));
    expect(await passAt(batch, NOON)).toMatchObject({ deferred: 0, sent: 1 });
  });

  test('it is recalled: it is withdrawn', async () => {
    const { due } = await waiting();
    const which = { scenarioTypes: ['inactivity'], workflowId: null } as const;
    expect(await service.repository.withdrawClaims(which, 'recalled', asOf)).toEqual({ withdrawn: 1, left_alone: 0 });
    expect(await claimsOf(service.db, due.id)).toMatchObject([{ state: 'released', release_reason: 'recalled' }]);
  });

  test('all sending is halted: it waits for its hours first, and then for the end of the halt', async () => {
    const { batch } = await waiting();
    await startHalt(service.worker.db, 'a wrong text', asOf);
    expect(await dispatchActivity(batch)).toMatchObject({ wait: { ms: 2 * HOUR, hoursBegin: NOON.toISOString() } });
    service.setNow(NOON);
    expect(await dispatchActivity(batch)).toMatchObject({
      unknown: 1,
      deferred: 0,
      wait: { ms: 30 * SECOND, why: expect.stringContaining('halted') },
    });
    await endHalt(service.worker.db, NOON);
    // The halt ended at night: what waited for it waits for the morning.
    const night = after(10 * HOUR);
    expect(await passAt(batch, night)).toMatchObject({ deferred: 1, sent: 0, deferred_until: after(DAY + 2 * HOUR) });
  });
});

describe('a try that falls outside of the hours', () => {
  test('after a refusal waits until they begin, and is not given up because they were long in coming', async () => {
    const due = await dueWith(['09:00', '11:00'], ['third_party_auth', 'third_party_auth']);
    const eleven = after(HOUR);
    const batch = await claim({ now: justBefore(eleven) }, justBefore(eleven));
    expect(await passAt(batch, justBefore(eleven))).toMatchObject({ open: 1, deferred: 0 });
    const morning = after(23 * HOUR);
    expect(await passAt(batch, eleven)).toMatchObject({ open: 0, deferred: 1, deferred_until: morning });
    expect(await postsTo(due.token)).toHaveLength(1);
    expect(await passAt(batch, morning)).toMatchObject({ open: 1, failed: 0 });
    expect(await passAt(batch, new Date(morning.getTime() + MINUTE))).toMatchObject({ sent: 1 });
    expect(await postsTo(due.token)).toHaveLength(3);
  });

  test('after an unknown outcome waits until they begin, with what is left of its time to live', async () => {
    const due = await dueWith(['09:00', '11:00'], ['unavailable']);
    const batch = await claim();
    expect(await passAt(batch, asOf)).toMatchObject({ unknown: 1 });
    expect(await passAt(batch, after(HOUR))).toMatchObject({ unknown: 1, deferred: 0, next_ms: 22 * HOUR });
    expect(await postsTo(due.token)).toHaveLength(1);
    expect(await passAt(batch, after(23 * HOUR))).toMatchObject({ unknown: 0, sent: 1 });
    expect(await postsTo(due.token)).toMatchObject([{}, { ttl: `${HOUR / SECOND}s` }]);
  });

  test('is held where those begin after the end of its time to live', async () => {
    const due = await dueWith(['10:00', '11:00'], ['unavailable']);
    const batch = await claim();
    await passAt(batch, asOf);
    await setHours(due.chapterId, ['10:30', '11:00']);
    expect(await passAt(batch, after(HOUR))).toMatchObject({ unknown: 1 });
    expect(await passAt(batch, after(DAY + 30 * MINUTE))).toMatchObject({ unknown: 0, held: 1 });
    expect(await postsTo(due.token)).toHaveLength(1);
  });

  test("keeps a mentor's later notifications waiting behind it, and nobody looks before", async () => {
    const due = await dueWith(['09:00', '10:30'], ['third_party_auth']);
    await service.pool.query(
      "insert into activities (user_id, activity_date) select $1, '2026-06-01' from generate_series(1, 100)",
      [due.id],
    );
    const batch = await claim({ scenarioType: 'milestone', range: rangeOfMentor(due.id) });
    expect(await passAt(batch, asOf)).toMatchObject({ open: 2, next_ms: 0 });
    expect(await passAt(batch, after(30 * MINUTE))).toMatchObject({ deferred: 2, open: 0, next_ms: 22.5 * HOUR });
    expect(await passAt(batch, after(23 * HOUR))).toMatchObject({ deferred: 0, sent: 2 });
    const sent = (await postsTo(due.token)).slice(1);
    expect(sent.map((entry) => entry.title)).toEqual([expect.stringContaining('50'), expect.stringContaining('100')]);
  });
});
