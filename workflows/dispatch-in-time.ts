import { setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type { DispatchResult, DispatchWait } from '../activities/dispatch-wait.ts';
import { MINUTE } from '../domain/durations.ts';
import { grouped } from './details.ts';

interface BatchToDispatch {
  readonly batchKey: string;
  /** How many, in words. */
  readonly notifications: string;
  readonly about: string;
}

type Dispatch = { executeWithOptions(options: { summary: string }, args: [string]): Promise<DispatchResult> };

/** A history of a batch grows by about ten events with each wait. */
const MOST_WAITS = 200;
/** All waits together for which a sweep waits: while the push service is away for hours, it ends. */
const SHORT_WAITS = 10 * MINUTE;

/**
 * Dispatches a batch again and again, waiting in between as long as each dispatch says: until nothing is left, or, with
 * `short waits`, until what is left should not be waited for here. Returns what the last one came to.
 */
export async function dispatchInTime(
  dispatchBatch: Dispatch,
  batch: BatchToDispatch,
  patience: 'short waits' | 'all waits',
): Promise<DispatchResult> {
  const { batchKey, notifications, about } = batch;
  for (let waits = 0, waited = 0; ; waits++) {
    setCurrentDetails(`**sending** ${notifications} · ${about}`);
    const result = await dispatchBatch.executeWithOptions({ summary: `send and record ${notifications}` }, [batchKey]);
    const { wait } = result;
    if (!wait || (result.isBraked && patience === 'short waits')) return result;
    if (patience === 'short waits' && (wait.isLong || waited + wait.ms > SHORT_WAITS)) return result;
    if (patience === 'all waits' && (waits === MOST_WAITS || workflowInfo().continueAsNewSuggested)) return result;
    await waitFor(wait, batch);
    waited += wait.ms;
  }
}

/** Sleeps, and says for what. `sinceMs`: how long ago the wait began. */
export async function waitFor(
  { ms, notifications: waiting, why, hoursBegin }: DispatchWait,
  { notifications, about }: Pick<BatchToDispatch, 'notifications' | 'about'>,
  sinceMs = 0,
): Promise<void> {
  const left = Math.max(0, ms - sinceMs);
  // oxlint-disable-next-line no-restricted-globals -- a workflow's clock is that of its history, and is shown only
  const until = hoursBegin ?? new Date(Date.now() + left).toISOString();
  setCurrentDetails(`**waiting** until ${until} · ${grouped(waiting)} of ${notifications}: ${why} · ${about}`);
  await sleep(left);
}
