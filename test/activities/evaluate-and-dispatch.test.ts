import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { evaluateAndDispatch } from '../../activities/evaluate-and-dispatch.ts';
import { DAY } from '../../domain/durations.ts';
import { daysBefore, device, mentor } from '../support/factories.ts';
import { startService, type TestService } from '../support/service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let service: TestService;

beforeAll(async () => {
  service = await startService(asOf);
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.setNow(asOf);
  service.log.length = 0;
});

const evaluate = (mentorId: string, at = asOf) =>
  evaluateAndDispatch(mentorId, 'inactivity', { asOf: at, retryAfterMs: 1 }, service.deps);
const ledgerOf = async (mentorId: string) =>
  (await service.emulator.ledger()).filter((entry) => entry.token?.includes(mentorId));
const recordsOf = (mentorId: string) =>
  service.db.selectFrom('scenario_notifications').selectAll().where('user_id', '=', mentorId).execute();
const logOf = (mentorId: string) =>
  service.db.selectFrom('follow_up_notification_log').selectAll().where('peer_mentor_id', '=', mentorId).execute();

describe('a mentor who is due', () => {
  test('is sent one message with the key as its tag everywhere, recorded once and logged once', async () => {
    const id = await mentor(service.db, { activities: [daysBefore(asOf, 30)], locale: 'en' });
    const key = createHash('sha256').update(`${id}inactivity2026-11-20`).digest('hex');

    const result = await evaluate(id);

    expect(result.status).toBe('sent');
    expect(await ledgerOf(id)).toMatchObject([
      {
        notification_id: key,
        tag: key,
        apns_collapse_id: key,
        web_tag: key,
        ttl: '86400s',
        delivered: true,
        title: 'It has been a while',
        body: expect.stringContaining('30 days'),
      },
    ]);
    expect(await recordsOf(id)).toMatchObject([
      {
        idempotency_key: key,
        delivery_status: 'sent',
        triggered_at: asOf,
        evaluation_date: '2026-11-20',
        occurrence: '',
        window_slot: '',
      },
    ]);
    expect(await logOf(id)).toMatchObject([{ status: 'delivered', delivery_channel: 'fcm' }]);
  });

  test('is sent nothing by the same evaluation again', async () => {
    const id = await mentor(service.db, { activities: [daysBefore(asOf, 40)] });
    await evaluate(id);
    expect(await evaluate(id)).toMatchObject({ status: 'suppressed', reason: 'already_sent' });
    expect(await ledgerOf(id)).toHaveLength(1);
  });

  test('is told once when ten evaluators meet', async () => {
    const id = await mentor(service.db);
    const results = await Promise.all(Array.from({ length: 10 }, () => evaluate(id)));
    expect(results.filter((result) => result.status === 'sent')).toHaveLength(1);
    expect(await ledgerOf(id)).toHaveLength(1);
    expect(await recordsOf(id)).toHaveLength(1);
  });

  test('stays untouched within the cooldown and is told again at its very end', async () => {
    const id = await mentor(service.db);
    await evaluate(id);
    const end = new Date(asOf.getTime() + 14 * DAY);
    const before = new Date(end.getTime() - 1);
    service.setNow(before);
    expect(await evaluate(id, before)).toMatchObject({ status: 'suppressed', reason: 'cooldown' });
    service.setNow(end);
    expect(await evaluate(id, end)).toMatchObject({ status: 'sent' });
    expect(await ledgerOf(id)).toHaveLength(2);
  });

  test('without a device is skipped, and coordinators read it once in seven days', async () => {
    const id = await mentor(service.db, { devices: [] });
    expect(await evaluate(id)).toMatchObject({ status: 'suppressed', reason: 'no_device_token' });
    for (const [days, rows] of [
      [6, 1],
      [7, 2],
      [8, 2],
    ] as const) {
      const at = new Date(asOf.getTime() + days * DAY);
      service.setNow(at);
      await evaluate(id, at);
      expect(await logOf(id)).toHaveLength(rows);
    }
    expect((await logOf(id)).every((row) => row.status === 'skipped')).toBe(true);
    expect(await recordsOf(id)).toEqual([]);
  });

  test('with two devices of which one refuses for good is sent to, and the dead token is out', async () => {
    const id = await mentor(service.db, { devices: [] });
    const dead = await device(service.db, id, { token: `unregistered-${id}` });
    await device(service.db, id, { platform: 'ios', token: `good-${id}` });
    expect(await evaluate(id)).toMatchObject({ status: 'sent' });
    const row = await service.db
      .selectFrom('device_tokens')
      .selectAll()
      .where('id', '=', dead.id)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ invalidation_reason: 'messaging/registration-token-not-registered' });
    expect(row.invalidated_at).not.toBeNull();
    expect(await logOf(id)).toMatchObject([{ status: 'delivered', delivery_channel: 'apns' }]);
  });
});

describe('what is not sent', () => {
  test('because it is suppressed is a line with the reason', async () => {
    const id = await mentor(service.db, { activities: [daysBefore(asOf, 30)], devices: [] });
    expect(await evaluate(id)).toMatchObject({ status: 'suppressed', reason: 'no_device_token' });
    expect(service.log).toContainEqual(
      expect.objectContaining({ msg: 'suppressed: not sent', mentor: id, reason: 'no_device_token' }),
    );
  });

  test('because another evaluation claimed it at the same moment is a warning with the count', async () => {
    const id = await mentor(service.db, { activities: [daysBefore(asOf, 30)] });
    await evaluate(id);
    const other = await service.pool.connect();
    try {
      // The claim of somebody else, not yet committed: nothing but the unique key can know of it.
      await other.query('create temporary table theirs as select * from scenario_claims where user_id = $1', [id]);
      await service.pool.query('delete from scenario_notifications where user_id = $1', [id]);
      await service.pool.query('delete from scenario_claims where user_id = $1', [id]);
      await other.query(`begin; update theirs set state = 'open'; insert into scenario_claims select * from theirs`);
      const mine = evaluate(id);
      await untilSomebodyWaits();
      await other.query('commit');
      expect(await mine).toMatchObject({ status: 'suppressed', reason: 'in_flight' });
    } finally {
      other.release(true);
    }
    expect(service.log).toContainEqual(
      expect.objectContaining({ level: 40, candidates: 1, msg: expect.stringContaining('lost the race for a claim') }),
    );
  });
});

async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const { rows } = await service.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
    await sleep(20);
  }
}
