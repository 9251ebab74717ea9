import { ParentClosePolicy, setCurrentDetails, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { BatchRequest } from '../activities/create-activities.ts';
import type { DispatchWait } from '../activities/dispatch-wait.ts';
import { NOTHING_SENT, type ScenarioCounts } from '../domain/sweep.ts';
import { batchWork } from './activities.ts';
import { readBatch } from './batch-input.ts';
import { countsTable, grouped } from './details.ts';
import { dispatchInTime } from './dispatch-in-time.ts';
import { settleBatch } from './settle-batch.ts';

/** `isBraked`: nothing of it may leave until somebody answers; the sweep runs it again then. */
export type BatchResult = ScenarioCounts & { readonly isBraked?: true };

/**
 * One scenario type over one range of mentors: evaluate and claim, then send and record. What must wait for longer than
 * its sweep should is left to a workflow of its own; until that is done it counts as deferred or unknown. Throws
 * E_WORKFLOW_INPUT.
 */
export async function scenarioBatch(request: BatchRequest): Promise<BatchResult> {
  return runBatch(readBatch(request), batchWork.sweep);
}

/** The same, by the activities that go with its priority. */
export async function runBatch(
  request: BatchRequest,
  { evaluateBatch, dispatchBatch }: typeof batchWork.sweep,
): Promise<BatchResult> {
  const { scenarioType, asOf, batchKey } = request;
  setCurrentDetails(`**evaluating** · ${scenarioType} · as of ${asOf}`);
  const evaluation = await evaluateBatch.executeWithOptions({ summary: `who is due: ${scenarioType}, as of ${asOf}` }, [
    request,
  ]);
  let result: ScenarioCounts = { ...evaluation, ...NOTHING_SENT };
  if (evaluation.claimed > 0) {
    const notifications = `${grouped(evaluation.claimed)} ${evaluation.claimed === 1 ? 'notification' : 'notifications'}`;
    const about = `${scenarioType} · as of ${asOf}`;
    const { wait, isBraked, ...delivery } = await dispatchInTime(
      dispatchBatch,
      { batchKey, notifications, about },
      'short waits',
    );
    result = { ...evaluation, ...delivery };
    if (isBraked) {
      setCurrentDetails(
        `**braked** · ${notifications} wait for an answer: \`resume\` or \`stop\` to the sweep · ${about}`,
      );
      return { ...result, isBraked };
    }
    if (wait) await handOver(request, wait);
  }
  setCurrentDetails([`**finished** · as of ${asOf}`, '', countsTable({ [scenarioType]: result })].join('\n'));
  return result;
}

async function handOver({ batchKey, scenarioType }: BatchRequest, wait: DispatchWait): Promise<void> {
  const waiting = wait.hoursBegin && `${grouped(wait.notifications)} ${scenarioType} deferred until ${wait.hoursBegin}`;
  try {
    await startChild(settleBatch, {
      workflowId: `settle-${batchKey}`,
      args: [batchKey, wait],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: waiting ?? `settle what is left of ${batchKey}`,
    });
  } catch (error) {
    // It was found stranded before, and somebody is at it.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
