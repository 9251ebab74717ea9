// Wrong on purpose: they prove that the replay of recorded histories can fail.
import { proxyActivities, sleep } from '@temporalio/workflow';
import type { Activities, BatchRequest } from '../../../activities/create-activities.ts';

const { dispatchBatch, evaluateBatch } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });

/** Sends before it has evaluated. */
export async function scenarioBatch(request: BatchRequest): Promise<void> {
  await dispatchBatch(request.batchKey);
  await evaluateBatch(request);
}

/** Waits before it plans. */
export async function scenarioSweep(): Promise<void> {
  await sleep('1 second');
}
