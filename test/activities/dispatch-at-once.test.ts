import { describe, expect, test } from '@jest/globals';
import { rangeOf } from '../../domain/mentor-range.ts';
import { claimsOf, recordsOf } from '../db/claiming.ts';
import { daysBefore } from '../support/factories.ts';
import {
  after,
  asOf,
  attemptsOf,
  claim,
  dueMentor,
  pass,
  passesUntilSettled,
  postsTo,
  service,
  setUpDispatching,
} from './dispatching.ts';

setUpDispatching();

test('several thresholds of one mentor go out in ascending order, also when they are sent at once', async () => {
  const { id, token } = await dueMentor(
    [
      { answer: 'accepted', latency_ms: 60 },
      { answer: 'accepted', latency_ms: 30 },
    ],
    {
      activities: Array.from({ length: 201 }, (_, back) => daysBefore(asOf, back)),
    },
  );
  expect((await pass(await claim({ scenarioType: 'milestone' }))).counts).toMatchObject({ sent: 3 });
  const values = (await claimsOf(service.db, id)).map((each) => [each.idempotency_key, each.milestone_value] as const);
  const valueOf = new Map(values);
  expect((await postsTo(token)).map((post) => valueOf.get(post.notification_id!))).toEqual([50, 100, 200]);
  expect((await recordsOf(service.db, id)).map((row) => row.milestone_value).toSorted()).toEqual([100, 200, 50]);
});

test('one of several notifications that waits to be tried again holds up the later ones of its mentor alone', async () => {
  const hers = await dueMentor(['unavailable'], {
    activities: Array.from({ length: 201 }, (_, back) => daysBefore(asOf, back)),
  });
  const other = await dueMentor([], { activities: Array.from({ length: 60 }, (_, back) => daysBefore(asOf, back)) });
  const batch = await claim({ scenarioType: 'milestone' });
  const settings = { unknownRetryDelaysMs: [60_000, 60_000, 60_000, 60_000] };
  expect((await pass(batch, { settings })).counts).toMatchObject({ sent: 1, unknown: 1, open: 2 });
  expect(await postsTo(other.token)).toHaveLength(1);
  service.setNow(after(60_000));
  expect((await pass(batch, { settings })).counts).toMatchObject({ sent: 4 });
  const values = new Map(
    (await claimsOf(service.db, hers.id)).map((each) => [each.idempotency_key, each.milestone_value]),
  );
  expect((await postsTo(hers.token)).map((post) => values.get(post.notification_id!))).toEqual([50, 50, 100, 200]);
});

describe('ten dispatchers of one batch at once', () => {
  test('leave one record for each notification, and every message more is explained by an attempt that was unknown', async () => {
    const all = await Promise.all(Array.from({ length: 30 }, () => dueMentor([{ answer: 'accepted', latency_ms: 5 }])));
    const batch = await claim({ range: rangeOf(0, 1) });
    await Promise.allSettled(Array.from({ length: 10 }, () => pass(batch)));
    await passesUntilSettled(batch);
    for (const { id, token } of all) {
      const posts = await postsTo(token);
      const attempts = (await attemptsOf(id)).filter((each) => each.error_code !== 'not_attempted');
      const explained = attempts.filter((each) => each.outcome === 'unknown' || each.error_code === 'holder_lost');
      expect(posts.length).toBeGreaterThan(0);
      expect(posts.length).toBeLessThanOrEqual(attempts.length);
      expect(posts.length - 1).toBeLessThanOrEqual(explained.length);
      expect(new Set(posts.map((post) => post.tag)).size).toBe(1);
      expect(await recordsOf(service.db, id)).toHaveLength(1);
      expect(await claimsOf(service.db, id)).toHaveLength(1);
    }
  });
});
