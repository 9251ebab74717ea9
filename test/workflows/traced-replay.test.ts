import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Resource } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';
import { bundleWorkflowCode, DefaultLogger, Worker, type ReplayWorkerOptions } from '@temporalio/worker';
import { NO_COUNTS, planKey as planOf } from '../../domain/sweep.ts';
import { startWorker, testConnection, type TestConnection } from '../support/temporal.ts';

const workflowsPath = new URL('../../workflows/index.ts', import.meta.url).pathname;
type History = Awaited<ReturnType<ReturnType<TestConnection['client']['workflow']['getHandle']>['fetchHistory']>>;

let temporal: TestConnection;
let exporter: InMemorySpanExporter;
let plugin: OpenTelemetryPlugin;
let bundles: Record<'traced' | 'plain', { code: string }>;

/** Batches of one plan are done once: each run has an instant of its own, which no other test sweeps. */
let asOf = new Date(Date.UTC(2001, 0, 1) + Math.floor(Math.random() * 1e11)).toISOString();
const planKey = () => planOf(asOf, 1, { limit: null, sendLate: false });

/** As much of the activities as a sweep of two batches needs. */
const activities = {
  planSweep: async () => ({
    scenarioTypes: ['inactivity', 'milestone'],
    batches: 1,
    planKey: planKey(),
    mentors: 1,
    evaluationDate: '2026-11-20',
  }),
  evaluateBatch: async () => ({ ...NO_COUNTS, claimed: 1 }),
  dispatchBatch: async () => ({ sent: 1, failed: 0, unknown: 0 }),
  countSweep: async () => ({}),
};

beforeAll(async () => {
  temporal = await testConnection();
  exporter = new InMemorySpanExporter();
  plugin = new OpenTelemetryPlugin({ resource: Resource.empty(), spanProcessor: new SimpleSpanProcessor(exporter) });
  const logger = new DefaultLogger('WARN');
  bundles = {
    traced: await bundleWorkflowCode({ workflowsPath, logger, plugins: [plugin] }),
    plain: await bundleWorkflowCode({ workflowsPath, logger }),
  };
});
afterAll(() => temporal.close());

async function record(tracing: 'traced' | 'plain'): Promise<History[]> {
  asOf = new Date(Date.parse(asOf) + 1).toISOString();
  const worker = await startWorker({
    activities,
    taskQueue: temporal.taskQueue,
    workflowBundle: bundles[tracing],
    plugins: tracing === 'traced' ? [plugin] : [],
  });
  const workflowId = `${tracing}-${planKey()}`;
  const handle = await temporal.client.workflow.start('scenarioSweep', {
    workflowId,
    taskQueue: temporal.taskQueue,
    args: [{ asOf, concurrency: 1 }],
  });
  await handle.signal('pause');
  await handle.signal('resume');
  await handle.query('progress');
  await handle.result();
  const child = `batch-inactivity-${planKey()}-no1`;
  const histories = await Promise.all([
    handle.fetchHistory(),
    temporal.client.workflow.getHandle(child).fetchHistory(),
  ]);
  await worker.stop();
  return histories;
}

const options = (tracing: 'traced' | 'plain'): ReplayWorkerOptions => ({
  workflowBundle: bundles[tracing],
  plugins: tracing === 'traced' ? [plugin] : [],
});

test.each([
  ['traced', 'plain'],
  ['plain', 'traced'],
  ['traced', 'traced'],
] as const)('a history that was recorded %s replays %s', async (recorded, replayed) => {
  exporter.reset();
  const histories = await record(recorded);
  expect(exporter.getFinishedSpans().length > 0).toBe(recorded === 'traced');
  for (const history of histories) await Worker.runReplayHistory(options(replayed), history);
});

test('a history with a step that the workflow would not take does not replay, so the above can fail', async () => {
  const [history] = await record('traced');
  const events = history!.events!.map((event) =>
    event.activityTaskScheduledEventAttributes
      ? {
          ...event,
          activityTaskScheduledEventAttributes: {
            ...event.activityTaskScheduledEventAttributes,
            activityType: { name: 'other' },
          },
        }
      : event,
  );
  await expect(Worker.runReplayHistory(options('plain'), { events })).rejects.toThrow(/[Dd]eterminis/);
});
