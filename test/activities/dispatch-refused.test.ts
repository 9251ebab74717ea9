import { describe, expect, test } from '@jest/globals';
import { DAY } from '../../domain/durations.ts';
import { rangeOfMentor } from '../../domain/mentor-range.ts';
import type { PushSender } from '../../push/push-sender.ts';
import { claimsOf, logOf, recordsOf } from '../db/claiming.ts';
import { device } from '../support/factories.ts';
import {
  after,
  asOf,
  claim,
  dueMentor,
  ERROR,
  linesOf,
  pass,
  postsTo,
  sender,
  service,
  tokenRow,
  setUpDispatching,
} from './dispatching.ts';

setUpDispatching();

describe('a push service that refuses for good', () => {
  test('leaves no record, an error line that says which, a log row `failed`, and a claim that is released', async () => {
    const { id, token, deviceId } = await dueMentor(['invalid_argument']);
    const batch = await claim();
    expect((await pass(batch)).counts).toMatchObject({
      sent: 0,
      failed: 1,
      held: 0,
      unknown: 0,
      open: 0,
      withdrawn: 0,
      next_ms: null,
    });
    const [released] = await claimsOf(service.db, id);
    expect(released).toMatchObject({ state: 'released', release_reason: 'rejected' });
    expect(await recordsOf(service.db, id)).toEqual([]);
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'failed', delivery_channel: 'fcm' }]);
    expect(linesOf(ERROR)).toMatchObject([
      {
        notification: released!.idempotency_key,
        user_id: id,
        device_id: deviceId,
        code: 'messaging/invalid-argument',
        attempt: 1,
        outcome: 'rejected',
      },
    ]);
    expect((await tokenRow(deviceId)).invalidated_at).toBeNull();
    expect(await postsTo(token)).toHaveLength(1);
  });

  test('is asked again by the evaluation of the next day, which sends', async () => {
    const { id, token } = await dueMentor(['invalid_argument']);
    await pass(await claim());
    service.setNow(after(DAY));
    expect((await pass(await claim({}, after(DAY)))).counts).toMatchObject({ sent: 1 });
    expect((await logOf(service.db, id)).map((row) => row.status)).toEqual(['failed', 'delivered']);
    expect(await postsTo(token)).toHaveLength(2);
  });

  test('and then accepts on the same day turns the log row from failed into delivered, under the same key', async () => {
    const { id } = await dueMentor(['invalid_argument']);
    await pass(await claim());
    await pass(await claim());
    expect((await claimsOf(service.db, id)).map((each) => each.state).toSorted()).toEqual(['released', 'sent']);
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'delivered' }]);
  });
});

describe('a token that is dead', () => {
  test('is invalidated at once', async () => {
    const { id, deviceId } = await dueMentor(['unregistered']);
    expect((await pass(await claim())).counts).toMatchObject({ failed: 1 });
    expect(await tokenRow(deviceId)).toMatchObject({
      invalidated_at: asOf,
      invalidation_reason: 'messaging/registration-token-not-registered',
    });
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'failed' }]);
  });

  test('is left alone when the device has sent another since', async () => {
    const { id, deviceId } = await dueMentor();
    const push: PushSender = {
      ...sender(async () => {
        await service.db
          .updateTable('device_tokens')
          .set({ token: `secret-new-${id}` })
          .where('id', '=', deviceId)
          .execute();
        return {
          outcome: {
            status: 'rejected',
            code: 'messaging/registration-token-not-registered',
            retryable: false,
            tokenIsDead: true,
          },
        };
      }),
    };
    await pass(await claim(), { deps: { push } });
    expect(await tokenRow(deviceId)).toMatchObject({ invalidated_at: null, token: `secret-new-${id}` });
  });

  test('keeps no message from her other device', async () => {
    const { id, deviceId } = await dueMentor(['gone']);
    await device(service.db, id, { platform: 'ios', token: `secret-ios-${id}` });
    expect((await pass(await claim())).counts).toMatchObject({ sent: 1, failed: 0 });
    expect((await tokenRow(deviceId)).invalidated_at).not.toBeNull();
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'delivered', delivery_channel: 'apns' }]);
  });
});

describe('a device that is gone between claim and dispatch', () => {
  test('leaves a claim that is released, and a log row `skipped`', async () => {
    const { id, deviceId } = await dueMentor();
    const batch = await claim();
    await service.db.deleteFrom('device_tokens').where('id', '=', deviceId).execute();
    expect((await pass(batch)).counts).toMatchObject({
      sent: 0,
      failed: 1,
      held: 0,
      unknown: 0,
      open: 0,
      withdrawn: 0,
      next_ms: null,
    });
    expect(await claimsOf(service.db, id)).toMatchObject([{ state: 'released', release_reason: 'no_device_token' }]);
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'skipped' }]);
    expect(await recordsOf(service.db, id)).toEqual([]);
  });

  test('is read by coordinators once in seven days, evaluations included', async () => {
    const { id, deviceId } = await dueMentor();
    const batch = await claim();
    await service.db.deleteFrom('device_tokens').where('id', '=', deviceId).execute();
    await pass(batch);
    for (const [days, rows] of [
      [1, 1],
      [6, 1],
      [7, 2],
    ] as const) {
      service.setNow(after(days * DAY));
      await claim({ range: rangeOfMentor(id), now: after(days * DAY) }, after(days * DAY));
      expect(await logOf(service.db, id)).toHaveLength(rows);
    }
  });

  test('does not trouble her other device', async () => {
    const { id, deviceId } = await dueMentor();
    await device(service.db, id, { platform: 'web', token: `secret-web-${id}` });
    const batch = await claim();
    await service.db.deleteFrom('device_tokens').where('id', '=', deviceId).execute();
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
  });
});
