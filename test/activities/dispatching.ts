import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/create-activities.ts';
import { DISPATCH_DEFAULTS, type Dependencies, type DispatchSettings } from '../../activities/dependencies.ts';
import { dispatchBatch, type DispatchSignals } from '../../activities/dispatch-batch.ts';
import { DeviceTokenRepository } from '../../db/device-tokens.ts';
import type { Answer } from '../../local/fcm-emulator/emulator.ts';
import type { PushSender } from '../../push/push-sender.ts';
import { claimRequest } from '../db/claiming.ts';
import { device, mentor } from '../support/factories.ts';
import { startService, type TestService } from '../support/service.ts';

export const asOf = new Date('2026-11-20T09:00:00Z');
export const after = (ms: number) => new Date(asOf.getTime() + ms);
/** Of the test file that called setUpDispatching. */
export let service: TestService;

/** A service for a file of tests of dispatch: every test has the audience to itself, and none may say a token. */
export function setUpDispatching(): void {
  beforeAll(async () => {
    service = await startService(asOf);
  });
  afterAll(() => service.stop());
  beforeEach(() => {
    service.setNow(asOf);
    service.log.length = 0;
  });
  afterEach(async () => {
    expect(JSON.stringify(service.log)).not.toContain('secret-');
    await service.pool.query('drop trigger if exists refuse on scenario_notifications');
    await service.pool.query(
      'truncate follow_up_notification_log, scenario_notifications, scenario_claims, evaluation_batches, logged_skips, push_gates, sending_halts, users cascade',
    );
  });
}

/** A mentor who is due, with a device whose next messages get these answers. */
export async function dueMentor(answers: readonly Answer[] = [], values: Parameters<typeof mentor>[1] = {}) {
  const id = await mentor(service.db, { devices: [], ...values });
  const token = `secret-${id}`;
  const { id: deviceId } = await device(service.db, id, { token });
  if (answers.length > 0) service.emulator.script(token, ...answers);
  return { id, token, deviceId };
}

export async function claim(values: Parameters<typeof claimRequest>[1] = {}, at = asOf): Promise<string> {
  const request = claimRequest(at, values);
  await service.repository.evaluateAndClaim(request);
  return request.batchKey;
}

/** Nothing waits: every pass tries what it may. */
export const AT_ONCE = {
  holderGraceMs: 50,
  unknownRetryDelaysMs: [0, 0, 0, 0],
  refusedRetryDelaysMs: [0],
} as const;

/** One pass over a batch. */
export function pass(
  batchKey: string,
  {
    settings = {},
    deps = {},
    cancelled = new AbortController().signal,
  }: {
    settings?: Partial<DispatchSettings>;
    deps?: Partial<Dependencies>;
    cancelled?: DispatchSignals['cancelled'];
  } = {},
) {
  return dispatchBatch(
    batchKey,
    { ...service.deps, ...deps },
    { ...DISPATCH_DEFAULTS, ...AT_ONCE, ...settings },
    { cancelled, heartbeat: () => {} },
  );
}

/** Passes until nothing is left; how many it took. */
export async function passesUntilSettled(batchKey: string): Promise<number> {
  for (let passes = 1; passes <= 20; passes++) {
    // As if every pause were over.
    await openGate();
    const { counts } = await pass(batchKey);
    if (counts.open + counts.unknown === 0) return passes;
  }
  throw new Error('not settled in 20 passes');
}

export const openGate = () => service.pool.query('delete from push_gates');

export const postsTo = async (token: string) =>
  (await service.emulator.ledger()).filter((entry) => entry.token === token);
export const attemptsOf = (id: string) =>
  service.db
    .selectFrom('delivery_attempts as a')
    .innerJoin('scenario_claims as c', 'c.id', 'a.claim_id')
    .selectAll('a')
    .where('c.user_id', '=', id)
    .orderBy('a.started_at')
    .orderBy('a.attempt')
    .execute();
export const tokenRow = (deviceId: string) =>
  service.db.selectFrom('device_tokens').selectAll().where('id', '=', deviceId).executeTakeFirstOrThrow();
export const linesOf = (level: number) => service.log.filter((line) => line.level === level);
export const [WARN, ERROR, FATAL] = [40, 50, 60];

/** A push service that answers by hand. */
export function sender(send: PushSender['send']): PushSender {
  return { projectId: 'test', send, validate: send, close: async () => {} };
}

/** The activity as Temporal runs it. */
export function dispatchActivity(batchKey: string) {
  const activities = createActivities({
    ...service.deps,
    tokens: new DeviceTokenRepository(service.worker.db),
    settings: { ...DISPATCH_DEFAULTS, ...AT_ONCE },
    workflows: { awaitResult: async () => null, isRunning: async () => false, endOf: async () => null },
  });
  return new MockActivityEnvironment().run(() => activities.dispatchBatch(batchKey));
}
