import { ParentClosePolicy, sleep, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { BatchRequest } from '../activities/create-activities.ts';
import { SECOND } from '../domain/durations.ts';
import { awaitBatch } from './activities.ts';
import { EVALUATION_DATE, SCENARIO_TYPE } from './search-attributes.ts';
import { scenarioBatch, type BatchResult } from './scenario-batch.ts';

const LONGEST_WAIT = 15 * SECOND;

interface HowToRun {
  readonly summary: string;
  readonly evaluationDate: string;
  /** Called where this sweep runs it. */
  readonly onStart: () => void;
  /** Although it has completed: what it claimed was braked. @default false */
  readonly isAgain?: boolean;
}

/**
 * Runs a batch, or waits for the sweep that does: one that has completed is done, one that failed runs again. The
 * workflow's id is the first line only; the batch's row in the database decides whether it is evaluated.
 */
export async function runBatchOnce(
  batch: BatchRequest,
  { summary, evaluationDate, onStart, isAgain = false }: HowToRun,
): Promise<BatchResult> {
  const { ALLOW_DUPLICATE, ALLOW_DUPLICATE_FAILED_ONLY } = WorkflowIdReusePolicy;
  for (let reusePolicy: WorkflowIdReusePolicy = isAgain ? ALLOW_DUPLICATE : ALLOW_DUPLICATE_FAILED_ONLY; ;) {
    try {
      const child = await startChild(scenarioBatch, {
        workflowId: batch.batchKey,
        args: [batch],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: reusePolicy,
        typedSearchAttributes: [
          { key: SCENARIO_TYPE, value: [batch.scenarioType] },
          { key: EVALUATION_DATE, value: evaluationDate },
        ],
        staticSummary: summary,
      });
      onStart();
      return await child.result();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const result = await untilDone(batch.batchKey);
      if (result) return result;
      reusePolicy = ALLOW_DUPLICATE;
    }
  }
}

/** Asks every now and then, so that no slot of a worker is held by waiting. Null: it is to be started again. */
async function untilDone(batchKey: string): Promise<BatchResult | null> {
  for (let wait = SECOND; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    const summary = `wait for another sweep's ${batchKey}`;
    const result = await awaitBatch.executeWithOptions({ summary }, [batchKey]);
    if (!result || !('isRunning' in result)) return result;
    await sleep(wait);
  }
}
