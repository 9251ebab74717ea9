import { ParentClosePolicy, setCurrentDetails, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { DeliveryCounts } from '../domain/sweep.ts';
import { dispatchBatch, findStrandedBatches, recountRuns } from './activities.ts';

/** A batch is claimed and taken up by its workflow in far less; one that is older and has none is stranded. */
const CLAIMED_BEFORE_SECONDS = 120;

export interface StrandedReport {
  /** Batches that were taken up. */
  readonly taken_up: number;
}

/**
 * Finds claims whose workflow is gone and has them settled: started by a Schedule every few minutes, so that nothing
 * stays unsettled because somebody terminated a workflow or a server was restored.
 */
export async function settleStrandedClaims(): Promise<StrandedReport> {
  const summary = 'look for claims whose workflow is gone';
  const batchKeys = await findStrandedBatches.executeWithOptions({ summary }, [
    { claimedBeforeSeconds: CLAIMED_BEFORE_SECONDS },
  ]);
  let takenUp = 0;
  for (const batchKey of batchKeys) {
    try {
      await startChild(settleBatch, {
        workflowId: `settle-${batchKey}`,
        args: [batchKey],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `settle what ${batchKey} left`,
      });
      takenUp++;
    } catch (error) {
      // Taken up by an earlier look, and still at it.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
  setCurrentDetails(`${batchKeys.length} stranded batches found, ${takenUp} taken up by this look`);
  return { taken_up: takenUp };
}

/** Settles one batch whose own workflow is gone: what may have been sent, what was and is not recorded, what never left. */
export async function settleBatch(batchKey: string): Promise<DeliveryCounts> {
  const counts = await dispatchBatch.executeWithOptions({ summary: `settle what ${batchKey} left` }, [batchKey]);
  await recountRuns.executeWithOptions({ summary: 'sum up the runs that it belongs to' }, [batchKey]);
  setCurrentDetails(`**settled** · ${counts.sent} sent, ${counts.failed} failed, ${counts.unknown} unknown`);
  return counts;
}
