import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { DispatchWait } from '../activities/dispatch-wait.ts';
import type { DeliveryCounts } from '../domain/sweep.ts';
import { batchWork, recountRuns } from './activities.ts';
import { dispatchInTime, waitFor } from './dispatch-in-time.ts';
import { instant, MOST, optional, readInput, shown, text, whole, wrongInput, type Fields } from './read-input.ts';

const [isKey, expected] = text('the key of a batch, as "scenario-push runs" and the Web UI show it');

const WAIT: Fields<DispatchWait> = {
  ms: whole(0, MOST),
  notifications: whole(1, MOST),
  why: text('a text of 1 to 1000 characters'),
  isLong: [(value) => typeof value === 'boolean', 'true or false'],
  hoursBegin: optional(instant),
};

/**
 * Settles what is left of one batch, however long it takes: what waits for its mentors' hours or for its next attempt, and
 * what a workflow that is gone left behind. `wait`: how long from its start it makes no sense to look. Throws
 * E_WORKFLOW_INPUT.
 */
export async function settleBatch(batchKey: string, wait?: DispatchWait): Promise<DeliveryCounts> {
  if (!isKey(batchKey)) throw wrongInput(`batchKey: expected ${expected}, got ${shown(batchKey)}`);
  const batch = { batchKey, notifications: `what is left of ${batchKey}`, about: 'settling' };
  if (wait !== undefined) await waitFor(readInput(wait, WAIT, 'wait'), batch, sinceStart());
  const { wait: another, ...counts } = await dispatchInTime(batchWork.settle.dispatchBatch, batch, 'all waits');
  if (another) return continueAsNew<typeof settleBatch>(batchKey);
  await recountRuns.executeWithOptions({ summary: 'sum up the runs that it belongs to' }, [batchKey]);
  setCurrentDetails(
    `**settled** · ${counts.sent} sent, ${counts.failed} failed, ${counts.withdrawn} withdrawn, ${counts.unknown} unknown`,
  );
  return counts;
}

/** Where no worker was there to begin it, part of its wait is over. */
function sinceStart(): number {
  // oxlint-disable-next-line no-restricted-globals -- a workflow's clock is that of its history
  return Date.now() - workflowInfo().startTime.getTime();
}
