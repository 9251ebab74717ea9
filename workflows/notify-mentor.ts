import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { rangeOfMentor } from '../domain/mentor-range.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import { batchWork } from './activities.ts';
import { instant, readInput, scenarioType, uuid, type Fields } from './read-input.ts';
import { runBatch } from './scenario-batch.ts';

export interface NotifyRequest {
  readonly userId: string;
  readonly scenarioType: ScenarioType;
  /** ISO instant. */
  readonly asOf: string;
  /** Of the one notification to send; the workflow's id as well. */
  readonly idempotencyKey: string;
}

const FIELDS: Fields<NotifyRequest> = {
  userId: uuid,
  scenarioType,
  asOf: instant,
  idempotencyKey: [
    (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
    'the key of a notification, 64 hexadecimal digits',
  ],
};

/**
 * The same as a batch, for one notification of one mentor, before all batches. A run that starts after another has ended
 * evaluates anew. Throws E_WORKFLOW_INPUT.
 */
export async function notifyMentor(given: NotifyRequest): Promise<ScenarioCounts> {
  const request = readInput<NotifyRequest>(given, FIELDS);
  const batch = {
    batchKey: `notify-${request.idempotencyKey}-${workflowInfo().firstExecutionRunId}`,
    planKey: 'notify',
    scenarioType: request.scenarioType,
    asOf: request.asOf,
    range: rangeOfMentor(request.userId),
    onlyKey: request.idempotencyKey,
    // Whoever asks for an instant of the past means to send now: only what is due now as well.
    lateness: 'send',
  } as const;
  const counts = await runBatch(batch, batchWork.notify);
  if (counts.candidates === 0) {
    setCurrentDetails(
      `**nothing to send** · as of ${request.asOf} no ${request.scenarioType} of this mentor is due under this key. Start \`mentorEvent\`, which finds what is due.`,
    );
  }
  return counts;
}
