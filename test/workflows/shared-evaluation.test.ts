import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startNotifications } from '../../client/notifications.ts';
import { TASK_QUEUE } from '../../client/task-queue.ts';
import { chapter, daysBefore, mentor, rule } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let service: SweepService;

beforeAll(async () => {
  service = await startSweepService(asOf);
});
afterAll(() => service.stop());

test('two sweeps of one instant and limit send no more than the limit together', async () => {
  const chapterId = await chapter(service.db);
  for (let i = 0; i < 40; i++) await mentor(service.db, { chapterId });
  const limited = {
    scenarioTypes: ['inactivity'],
    asOf: asOf.toISOString(),
    limit: 8,
    mentorsPerBatch: 10,
    concurrency: 2,
  };
  const results = await Promise.all([service.sweep(limited), service.sweep(limited)]);
  expect(await service.emulator.ledger()).toHaveLength(8);
  for (const { scenarios } of results)
    expect(scenarios['inactivity']).toMatchObject({ claimed: 8, suppressed: { limit: 32 } });
});

test('several notifications of one evaluation reach a mentor in ascending order, and no cooldown of their own stops them', async () => {
  const chapterId = await chapter(service.db);
  await rule(service.db, { scenarioType: 'milestone', chapterId, cooldownMinutes: 10_080 });
  const id = await mentor(service.db, {
    chapterId,
    activities: Array.from({ length: 201 }, () => daysBefore(asOf, 1)),
  });
  const client = Object.create(service.client) as typeof service.client;
  const { workflow } = service.client;
  Object.defineProperty(client, 'workflow', {
    value: Object.assign(Object.create(workflow) as typeof workflow, {
      start: (type: string, options: { taskQueue: string }) =>
        workflow.start(type, {
          ...options,
          taskQueue: options.taskQueue === TASK_QUEUE ? service.temporal.taskQueue : options.taskQueue,
        } as never),
    }),
  });
  const starts = await startNotifications(client, service.repository, { userId: id, scenarioType: 'milestone', asOf });
  expect(starts.map((start) => start.candidate.occurrence)).toEqual(['2026:50', '2026:100', '2026:200']);
  for (const start of starts) expect(await start.result!()).toMatchObject({ sent: 1 });
  const posts = (await service.emulator.ledger()).filter((post) => post.token?.includes(id));
  expect(posts.map((post) => post.title)).toEqual(['50 samtaler i 2026', '100 samtaler i 2026', '200 samtaler i 2026']);
});
