import { describe, expect, test } from '@jest/globals';
import { DAY } from '../../domain/durations.ts';
import type { Answer } from '../../local/fcm-emulator/emulator.ts';
import { claimRequest, claimsOf, logOf, recordsOf } from '../db/claiming.ts';
import { chapter, device, rule } from '../support/factories.ts';
import {
  after,
  claim,
  dispatchActivity,
  dueMentor,
  pass,
  passesUntilSettled,
  postsTo,
  service,
  setUpDispatching,
} from './dispatching.ts';

setUpDispatching();

describe('an unknown outcome', () => {
  test('is neither recorded nor logged, resent with the same tag, and then sent', async () => {
    const { id, token } = await dueMentor(['unavailable_but_delivered']);
    const batch = await claim();
    expect(await dispatchActivity(batch)).toMatchObject({ unknown: 1, wait: { notifications: 1, isLong: false } });
    expect(await claimsOf(service.db, id)).toMatchObject([{ state: 'unknown' }]);
    expect(await recordsOf(service.db, id)).toEqual([]);
    expect(await logOf(service.db, id)).toEqual([]);
    await expect(dispatchActivity(batch)).resolves.toEqual({
      sent: 1,
      failed: 0,
      unknown: 0,
      deferred: 0,
      withdrawn: 0,
    });
    const posts = await postsTo(token);
    expect(posts).toHaveLength(2);
    expect(
      new Set(posts.flatMap((post) => [post.tag, post.apns_collapse_id, post.web_tag, post.notification_id])).size,
    ).toBe(1);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'delivered' }]);
  });

  test('five times is held: recorded as unknown, not logged, not sent a sixth time', async () => {
    const { id, token } = await dueMentor(Array<Answer>(9).fill('unavailable'));
    const batch = await claim();
    expect(await passesUntilSettled(batch)).toBe(5);
    await pass(batch);
    expect(await postsTo(token)).toHaveLength(5);
    expect(await claimsOf(service.db, id)).toMatchObject([{ state: 'held' }]);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'unknown' }]);
    expect(await logOf(service.db, id)).toEqual([]);
    await expect(dispatchActivity(batch)).resolves.toEqual({
      sent: 0,
      failed: 0,
      unknown: 1,
      deferred: 0,
      withdrawn: 0,
    });
  });

  test('four times and then accepted is sent', async () => {
    const { id } = await dueMentor(Array<Answer>(4).fill('unavailable'));
    expect(await passesUntilSettled(await claim())).toBe(5);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
  });

  test('under a rule that holds is held after one attempt', async () => {
    const chapterId = await chapter(service.db);
    await rule(service.db, { scenarioType: 'inactivity', chapterId, onUnknown: 'hold' });
    const { id, token } = await dueMentor(['unavailable'], { chapterId });
    expect(await passesUntilSettled(await claim())).toBe(1);
    expect(await postsTo(token)).toHaveLength(1);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'unknown' }]);
  });

  test('is held at the end of its time to live, and a millisecond before is tried again', async () => {
    const { id, token } = await dueMentor(['unavailable', 'unavailable', 'unavailable']);
    const batch = await claim();
    await pass(batch);
    service.setNow(after(DAY - 1));
    expect((await pass(batch)).counts).toMatchObject({ unknown: 1 });
    service.setNow(after(DAY));
    expect((await pass(batch)).counts).toMatchObject({ held: 1 });
    expect(await postsTo(token)).toHaveLength(2);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'unknown' }]);
  });

  test('blocks the evaluations after it while it lasts, and cools down once it is held', async () => {
    await dueMentor(Array<Answer>(9).fill('unavailable'));
    const batch = await claim();
    await pass(batch);
    const tomorrow = claimRequest(after(DAY));
    expect(await service.repository.evaluateAndClaim(tomorrow)).toMatchObject({ suppressed: { in_flight: 1 } });
    await passesUntilSettled(batch);
    expect(await service.repository.evaluateAndClaim(claimRequest(after(2 * DAY)))).toMatchObject({
      suppressed: { cooldown: 1 },
    });
  });

  test('of one device is not asked about again once the other has accepted', async () => {
    const { id, token } = await dueMentor(['unavailable', 'unavailable']);
    const ios = await device(service.db, id, { platform: 'ios', token: `secret-ios-${id}` });
    expect(await passesUntilSettled(await claim())).toBe(1);
    expect(await postsTo(token)).toHaveLength(1);
    expect(await postsTo(ios.token)).toHaveLength(1);
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'delivered', delivery_channel: 'apns' }]);
  });

  test('followed by a final refusal is held: the first attempt may have arrived', async () => {
    const { id } = await dueMentor(['unavailable', 'unregistered']);
    expect(await passesUntilSettled(await claim())).toBe(2);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'unknown' }]);
  });
});
