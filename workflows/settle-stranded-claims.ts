import { ParentClosePolicy, patched, setCurrentDetails, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { endLostRuns, findStrandedBatches } from './activities.ts';
import { readInput } from './read-input.ts';
import { settleBatch } from './settle-batch.ts';

/** A batch is claimed and taken up by its workflow in far less; one that is older and has none is stranded. */
const CLAIMED_BEFORE_SECONDS = 120;

export interface StrandedReport {
  /** Batches that were taken up. */
  readonly taken_up: number;
  /** Runs of sweeps that were terminated or timed out, which are ended now. */
  readonly runs_ended: number;
}

/**
 * Finds claims whose workflow is gone and has them settled, and ends the runs of sweeps that are gone: started by a
 * Schedule every few minutes, so that nothing stays open because somebody terminated a workflow or restored a server. Takes no
 * input, and throws E_WORKFLOW_INPUT where it is given some.
 */
export async function settleStrandedClaims(given: Record<string, never> = {}): Promise<StrandedReport> {
  readInput(given, {});
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
  const runsEnded = patched('ends lost runs')
    ? await endLostRuns.executeWithOptions({ summary: 'end runs of sweeps that are gone' }, [
        { startedBeforeSeconds: CLAIMED_BEFORE_SECONDS },
      ])
    : 0;
  setCurrentDetails(
    `${batchKeys.length} stranded batches found, ${takenUp} taken up by this look; ${runsEnded} runs of lost sweeps ended`,
  );
  return { taken_up: takenUp, runs_ended: runsEnded };
}
