import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DISPATCH_DEFAULTS, type DispatchSettings } from '../../activities/dependencies.ts';
import { dispatchBatch } from '../../activities/dispatch-batch.ts';
import { evaluateAndDispatch } from '../../activities/evaluate-and-dispatch.ts';
import { MINUTE } from '../../domain/durations.ts';
import { decideHeld, listHeld } from '../../db/held.ts';
import { rangeOf, rangeOfMentor } from '../../domain/mentor-range.ts';
import type { PushSender } from '../../push/push-sender.ts';
import { chapter, mentor, rule } from '../support/factories.ts';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startService(new Date());
});
afterAll(() => service.stop());

const now = () => new Date();
const claim = async (range = rangeOf(0, 1)) => {
  const batchKey = `batch-${randomUUID()}`;
  await service.repository.evaluateAndClaim({
    lateness: 'report',
    batchKey,
    planKey: 'test',
    workflowId: batchKey,
    runId: '',
    scenarioType: 'inactivity',
    asOf: now(),
    now: now(),
    range,
  });
  return batchKey;
};
const slow = (ms: number): PushSender => ({
  ...service.deps.push,
  projectId: 'test',
  send: async (message) => (await sleep(ms), service.deps.push.send(message)),
});
const dispatch = (batchKey: string, push: PushSender, settings: Partial<DispatchSettings> = {}, clock = now) =>
  dispatchBatch(
    batchKey,
    { ...service.deps, push, clock },
    { ...DISPATCH_DEFAULTS, ...settings },
    {
      cancelled: new AbortController().signal,
      heartbeat: () => {},
    },
  );

test('a holder that is alive when another takes over stops within a second, and nobody is sent to twice', async () => {
  const chapterId = await chapter(service.db);
  for (let i = 0; i < 20; i++) await mentor(service.db, { chapterId });
  const batch = await claim();
  const old = dispatch(batch, slow(400), { concurrency: 2 });
  await sleep(700);
  const { counts } = await dispatch(batch, service.deps.push);
  await old;
  expect(counts).toMatchObject({ sent: 20, open: 0, unknown: 0 });
  const posts = await service.emulator.ledger();
  expect(posts).toHaveLength(20);
  expect(new Set(posts.map((post) => post.token)).size).toBe(20);
});

test.each([-10, 10])(
  'a worker whose clock is %d minutes ahead takes over from a living one, and nobody is sent to twice',
  async (minutes) => {
    const chapterId = await chapter(service.db);
    for (let i = 0; i < 20; i++) await mentor(service.db, { chapterId });
    const batch = await claim();
    const before = (await service.emulator.ledger()).length;
    const old = dispatch(batch, slow(1_500), { concurrency: 4 });
    await sleep(700);
    const { counts } = await dispatch(batch, service.deps.push, {}, () => new Date(Date.now() + minutes * MINUTE));
    await old;
    expect(counts).toMatchObject({ sent: 20, open: 0, unknown: 0 });
    const posts = (await service.emulator.ledger()).slice(before);
    expect(posts).toHaveLength(20);
    expect(new Set(posts.map((post) => post.token)).size).toBe(20);
  },
);

test('an answer that comes after its notification was held settles it, and it cannot be released', async () => {
  const chapterId = await chapter(service.db);
  await rule(service.db, { scenarioType: 'inactivity', chapterId, onUnknown: 'hold' });
  const id = await mentor(service.db, { chapterId });
  const batch = await claim(rangeOfMentor(id));
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const old = dispatch(batch, {
    ...slow(0),
    send: async (message) => {
      asked.resolve();
      await answer.promise;
      return service.deps.push.send(message);
    },
  });
  await asked.promise;
  await dispatch(batch, service.deps.push, { holderGraceMs: 0 });
  const [held] = await listHeld(service.db, 10);
  expect(held).toMatchObject({ user_id: id });
  answer.resolve();
  await old;
  expect(await listHeld(service.db, 10)).toEqual([]);
  expect(await decideHeld(service.worker.db, 'release', [held!.idempotency_key], now())).toEqual([]);
  const records = await service.db
    .selectFrom('scenario_notifications')
    .select('delivery_status')
    .where('user_id', '=', id)
    .execute();
  expect(records).toEqual([{ delivery_status: 'sent' }]);
});

test('what has not come yet is not claimed: the record would keep her silent until then', async () => {
  const id = await mentor(service.db);
  const asOf = new Date(Date.now() + 60_000);
  await expect(evaluateAndDispatch(id, 'inactivity', { asOf }, { ...service.deps, clock: now })).rejects.toThrow(
    /E_AS_OF_IN_THE_FUTURE.*preview --as-of/,
  );
});

test('messages leave at the configured rate, also to mentors with several devices', async () => {
  const chapterId = await chapter(service.db);
  const ids = [];
  for (let i = 0; i < 3; i++)
    ids.push(await mentor(service.db, { chapterId, devices: ['android', 'ios', 'web', 'web'] }));
  const batch = await claim();
  const started = performance.now();
  await dispatch(batch, service.deps.push, { messagesPerSecond: 6 });
  // Twelve messages in two parts of six: the second waits for the first one's second.
  expect(performance.now() - started).toBeGreaterThan(900);
});
