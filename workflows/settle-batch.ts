import { continueAsNew, setCurrentDetails } from '@temporalio/workflow';
import type { DeliveryCounts } from '../domain/sweep.ts';
import { batchWork, recountRuns } from './activities.ts';
import { dispatchInTime } from './dispatch-in-time.ts';
import { shown, text, wrongInput } from './read-input.ts';

const [isKey, expected] = text('the key of a batch, as "scenario-push runs" and the Web UI show it');

/**
 * Settles what is left of one batch, however long it takes: what waits for its next attempt, and what a workflow that is
 * gone left behind. Throws E_WORKFLOW_INPUT.
 */
export async function settleBatch(batchKey: string): Promise<DeliveryCounts> {
  if (!isKey(batchKey)) throw wrongInput(`batchKey: expected ${expected}, got ${shown(batchKey)}`);
  const batch = { batchKey, notifications: `what is left of ${batchKey}`, about: 'settling' };
  const { wait, ...counts } = await dispatchInTime(batchWork.settle.dispatchBatch, batch, 'all waits');
  if (wait) return continueAsNew<typeof settleBatch>(batchKey);
  await recountRuns.executeWithOptions({ summary: 'sum up the runs that it belongs to' }, [batchKey]);
  setCurrentDetails(
    `**settled** · ${counts.sent} sent, ${counts.failed} failed, ${counts.withdrawn} withdrawn, ${counts.unknown} unknown`,
  );
  return counts;
}
