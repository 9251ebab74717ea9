import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerOptions } from '@temporalio/worker';
import { workerVersion } from '../../worker/worker-version.ts';
import type { SweepProgress } from '../../workflows/sweep-messages.ts';
import { chapter, daysBefore, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';
import { startWorker } from '../support/temporal.ts';
import { temporal } from '../support/temporal-cli.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let service: SweepService;
const evaluatedBy: string[] = [];
const { promise: opened, resolve: open } = Promise.withResolvers<void>();
let activities: object;

beforeAll(async () => {
  service = await startSweepService(asOf, (real) => {
    activities = real;
    return {};
  });
  const chapterId = await chapter(service.db);
  for (let i = 0; i < 6; i++) await mentor(service.db, { chapterId, activities: [daysBefore(asOf, 5)] });
});
afterAll(() => service.stop());

test('a sweep that began under one build ends under the next, whose workers are all there is', async () => {
  const name = `scenario-push-${service.temporal.taskQueue}`;
  const taskQueue = `${service.temporal.taskQueue}-versioned`;
  const build = (buildId: string) => {
    const real = activities as { evaluateBatch(request: unknown): Promise<unknown> };
    return startWorker({
      taskQueue,
      activities: {
        ...real,
        async evaluateBatch(request: unknown) {
          if (evaluatedBy.length >= 2) await opened;
          evaluatedBy.push(buildId);
          return real.evaluateBatch(request);
        },
      },
      ...(workerVersion({ name, buildId }) as Partial<WorkerOptions>),
    });
  };
  const makeCurrent = async (buildId: string) => {
    for (let tried = 1; ; tried++) {
      const { ok, output } = await temporal(
        'worker',
        'deployment',
        'set-current-version',
        '--deployment-name',
        name,
        '--build-id',
        buildId,
        '--yes',
      );
      if (ok) return;
      if (tried === 100) throw new Error(output);
      await sleep(200);
    }
  };

  const first = await build('1');
  await makeCurrent('1');
  const handle = await service.client.workflow.start('scenarioSweep', {
    workflowId: `upgrade-${taskQueue}`,
    taskQueue,
    args: [{ scenarioTypes: ['inactivity'], asOf: asOf.toISOString(), mentorsPerBatch: 1, concurrency: 1 }],
  });
  for (let i = 0; i < 1_200 && evaluatedBy.length < 2; i++) await sleep(50);
  const second = await build('2');
  await makeCurrent('2');
  open();
  await first.stop();
  expect(await handle.result()).toMatchObject({ scenarios: { inactivity: { mentors_evaluated: 6 } } });
  expect(evaluatedBy[0]).toBe('1');
  expect(evaluatedBy.at(-1)).toBe('2');
  expect(await handle.query<SweepProgress, []>('progress')).toMatchObject({ state: 'finished', done: 6 });
  const { output } = await temporal('workflow', 'describe', '--workflow-id', handle.workflowId, '--output', 'json');
  expect(output).toMatch(/AUTO_UPGRADE|AutoUpgrade/);
  await second.stop();
});
