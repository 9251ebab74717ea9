import { workflowInfo } from '@temporalio/workflow';
import { rangeOfMentor } from '../domain/mentor-range.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import { batchWork } from './activities.ts';
import { runBatch } from './scenario-batch.ts';

export interface NotifyRequest {
  readonly userId: string;
  readonly scenarioType: ScenarioType;
  /** ISO instant. */
  readonly asOf: string;
  /** Of the one notification to send; the workflow's id as well. */
  readonly idempotencyKey: string;
}

/** The same as a batch, for one notification of one mentor, before all batches. A run that starts after another has ended evaluates anew. */
export async function notifyMentor(request: NotifyRequest): Promise<ScenarioCounts> {
  const batch = {
    batchKey: `notify-${request.idempotencyKey}-${workflowInfo().firstExecutionRunId}`,
    planKey: 'notify',
    scenarioType: request.scenarioType,
    asOf: request.asOf,
    range: rangeOfMentor(request.userId),
    onlyKey: request.idempotencyKey,
    lateness: 'ignore',
  } as const;
  return runBatch(batch, batchWork.notify);
}
