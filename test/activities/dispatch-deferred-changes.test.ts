import { describe, expect, test } from '@jest/globals';
import { endHalt, startHalt } from '../../db/halts.ts';
import { DAY, HOUR, SECOND } from '../../domain/durations.ts';
import { claimsOf } from '../db/claiming.ts';
import { daysBefore, record } from '../support/factories.ts';
import { dueWith, justBefore, NOON, passAt, setHours, TO_COME } from './deferring.ts';
import { after, asOf, claim, dispatchActivity, postsTo, service, setUpDispatching } from './dispatching.ts';

setUpDispatching();

const setZone = (userId: string, zone: string) =>
  service.pool.query('update users set timezone = $2 where id = $1', [userId, zone]);

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
