import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DAY } from '../../domain/durations.ts';
import type { refreshDeviceTokens } from '../../workflows/refresh-device-tokens.ts';
import { device, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

const now = new Date();
let service: SweepService;

beforeAll(async () => {
  service = await startSweepService(now, (real) => ({
    checkStaleTokens: (request) => real.checkStaleTokens({ ...request, pace: { pageSize: 1, waitMs: 10 } }),
  }));
});
afterAll(() => service.stop());

test('the monthly check waits between pages in Temporal, asks about each token once, and keeps its histories small', async () => {
  const TOKENS = 24;
  for (let i = 0; i < TOKENS; i++) {
    const id = await mentor(service.db, { devices: [] });
    const token = i % 10 === 0 ? `unregistered-${id}` : `alive-${id}`;
    await device(service.db, id, { token, registeredAt: new Date(now.getTime() - 31 * DAY) });
  }
  const handle = await service.client.workflow.start<typeof refreshDeviceTokens>('refreshDeviceTokens', {
    workflowId: `refresh-${randomUUID()}`,
    taskQueue: service.temporal.taskQueue,
    args: [],
  });
  expect(await handle.result()).toEqual({ checked: TOKENS, invalidated: 3, undecided: 0 });

  const asked = (await service.emulator.ledger()).map((entry) => entry.token);
  expect(asked).toHaveLength(TOKENS);
  expect(new Set(asked).size).toBe(TOKENS);
  const first = service.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
  const { events = [] } = await first.fetchHistory();
  expect(events!.length).toBeLessThan(300);
  expect(events!.at(-1)!.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
  expect(events!.filter((event) => event.timerStartedEventAttributes)).toHaveLength(20);
});
