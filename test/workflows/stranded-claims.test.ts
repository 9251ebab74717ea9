import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { MINUTE } from '../../domain/durations.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import type { refreshDeviceTokens } from '../../workflows/refresh-device-tokens.ts';
import type { settleStrandedClaims } from '../../workflows/settle-stranded-claims.ts';
import { chapter, device, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let service: SweepService;

beforeAll(async () => {
  service = await startSweepService(asOf);
  const chapterId = await chapter(service.db);
  for (let i = 0; i < 5; i++) await mentor(service.db, { chapterId });
});
afterAll(() => service.stop());

const lookForStranded = async () =>
  (
    await service.client.workflow.start<typeof settleStrandedClaims>('settleStrandedClaims', {
      workflowId: `look-${randomUUID()}`,
      taskQueue: service.temporal.taskQueue,
      args: [],
    })
  ).result();

test('claims whose workflow is gone are left alone for two minutes, then sent and recorded once', async () => {
  const batchKey = `batch-${randomUUID()}`;
  await service.repository.evaluateAndClaim({
    lateness: 'report',
    batchKey,
    planKey: 'test',
    workflowId: batchKey,
    runId: '',
    scenarioType: 'inactivity',
    asOf,
    now: asOf,
    range: rangeOf(0, 1),
  });
  service.setNow(new Date(asOf.getTime() + 2 * MINUTE));
  expect(await lookForStranded()).toEqual({ taken_up: 0, runs_ended: 0 });

  service.setNow(new Date(asOf.getTime() + 2 * MINUTE + 1));
  expect(await lookForStranded()).toEqual({ taken_up: 1, runs_ended: 0 });
  await service.client.workflow.getHandle(`settle-${batchKey}`).result();
  expect(await service.emulator.ledger()).toHaveLength(5);
  expect(await service.db.selectFrom('scenario_notifications').selectAll().execute()).toHaveLength(5);
  expect(await lookForStranded()).toEqual({ taken_up: 0, runs_ended: 0 });
});

test('the monthly check invalidates dead tokens that no app has shown for thirty days, and sends nothing', async () => {
  const now = Date.now();
  const days = (n: number) => new Date(now - n * 24 * 60 * MINUTE);
  const id = await mentor(service.db, { devices: [] });
  const dead = await device(service.db, id, { token: `unregistered-old-${id}`, registeredAt: days(31) });
  const recent = await device(service.db, id, { token: `unregistered-new-${id}`, registeredAt: days(29) });
  const alive = await device(service.db, id, { token: `alive-${id}`, registeredAt: days(31) });
  const delivered = async () => (await service.emulator.ledger()).filter((entry) => entry.delivered).length;
  const before = await delivered();

  const handle = await service.client.workflow.start<typeof refreshDeviceTokens>('refreshDeviceTokens', {
    workflowId: `refresh-${randomUUID()}`,
    taskQueue: service.temporal.taskQueue,
    args: [],
  });
  expect(await handle.result()).toEqual({ checked: 2, invalidated: 1, undecided: 0 });

  const tokens = await service.db
    .selectFrom('device_tokens')
    .select(['id', 'invalidated_at'])
    .where('user_id', '=', id)
    .execute();
  expect(tokens.filter((token) => token.invalidated_at !== null)).toMatchObject([{ id: dead.id }]);
  expect(tokens.map((token) => token.id).sort()).toEqual([dead.id, recent.id, alive.id].sort());
  expect(await delivered()).toBe(before);
});
