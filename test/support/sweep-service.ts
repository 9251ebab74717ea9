import type { Client } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../../activities/create-activities.ts';
import { DISPATCH_DEFAULTS, type DispatchSettings } from '../../activities/dependencies.ts';
import { DeviceTokenRepository } from '../../db/device-tokens.ts';
import type { SweepResult } from '../../domain/sweep.ts';
import type { scenarioSweep, SweepInput } from '../../workflows/scenario-sweep.ts';
import { workflowLookup } from '../../worker/workflow-lookup.ts';
import { startService, type TestService } from './service.ts';
import { temporalOfOneFile } from './temporal-namespace.ts';
import { startWorker, testConnection, type TestConnection } from './temporal.ts';

export type ActivityOverrides = Partial<ReturnType<typeof createActivities>>;

export interface SweepService extends TestService {
  readonly temporal: TestConnection;
  readonly client: Client;
  startSweep(input: SweepInput, workflowId?: string): Promise<Awaited<ReturnType<typeof start>>>;
  sweep(input: SweepInput): Promise<SweepResult>;
}

/** The pauses that a test would have to sit through. */
export const QUICK = {
  unknownRetryDelaysMs: [200, 200, 200, 200],
  refusedRetryDelaysMs: [200],
  firstPauseMs: 300,
  rampMs: 0,
} satisfies Partial<DispatchSettings>;

let sweeps = 0;

/**
 * The service with a Temporal worker; `overrides` replace activities, to break them on purpose. `taskQueue` is one of
 * this file's own unless given; then the namespace is, so that no other file's worker gets its work.
 */
export async function startSweepService(
  now: Date,
  overrides: (real: ReturnType<typeof createActivities>) => ActivityOverrides = () => ({}),
  settings: Partial<DispatchSettings> = {},
  taskQueue?: string,
  workerOptions: Pick<WorkerOptions, 'maxConcurrentActivityTaskExecutions'> = {},
): Promise<SweepService> {
  const service = await startService(now);
  const { namespace, ...temporal } = await connectionFor(taskQueue);
  const real = createActivities({
    ...service.deps,
    tokens: new DeviceTokenRepository(service.worker.db),
    settings: { ...DISPATCH_DEFAULTS, ...QUICK, ...settings },
    workflows: workflowLookup(temporal.client),
  });
  const worker = await startWorker({
    ...workerOptions,
    activities: { ...real, ...overrides(real) },
    taskQueue: temporal.taskQueue,
    ...(namespace && { namespace }),
  });
  const startSweep = (input: SweepInput, workflowId?: string) => start(temporal, input, workflowId);
  return {
    ...service,
    temporal,
    client: temporal.client,
    startSweep,
    sweep: async (input) => (await startSweep(input)).result(),
    stop: async () => {
      await worker.stop();
      await temporal.close();
      await service.stop();
    },
  };
}

async function connectionFor(taskQueue: string | undefined): Promise<TestConnection & { namespace?: string }> {
  return taskQueue ? { ...(await temporalOfOneFile()), taskQueue } : testConnection();
}

function start(temporal: TestConnection, input: SweepInput, workflowId = `sweep-${temporal.taskQueue}-${++sweeps}`) {
  return temporal.client.workflow.start<typeof scenarioSweep>('scenarioSweep', {
    workflowId,
    taskQueue: temporal.taskQueue,
    args: [input],
  });
}
