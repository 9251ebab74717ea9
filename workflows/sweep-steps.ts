import { ApplicationFailure, condition, patched, workflowInfo } from '@temporalio/workflow';
import { SECOND } from '../domain/durations.ts';
import { withdrawBatches } from './activities.ts';

/** Of withdrawing: each activity is one transaction. */
const BATCHES_AT_A_TIME = 10;

/** Between two looks of a stopped sweep for what it may withdraw. */
const LONGEST_LOOK = 30 * SECOND;

/** When a Schedule meant the sweep to start; by hand, when it started. */
export function nominalTime(): string {
  const scheduled = workflowInfo().typedSearchAttributes.get({
    name: 'TemporalScheduledStartTime',
    type: 'DATETIME',
  });
  return (scheduled ?? workflowInfo().startTime).toISOString();
}

/**
 * Withdraws what a stopped sweep's own batches have claimed and not sent, until none runs. A batch that is being evaluated
 * claims only after this: so it is asked again while any runs. Less and less often, for one that waits for a push service
 * that is away runs for hours, and a history has an end.
 */
export async function withdrawWhileRunning(running: ReadonlySet<string>, own: ReadonlySet<string>): Promise<void> {
  for (let wait = SECOND; running.size > 0; wait = Math.min(2 * wait, LONGEST_LOOK)) {
    if (patched('a stop withdraws')) {
      const summary = 'withdraw what was claimed and has not been sent';
      await withdrawBatches.executeWithOptions({ summary }, [[...own]]);
      await condition(() => running.size === 0, wait);
    } else {
      await condition(() => running.size === 0);
    }
  }
}

/** Withdraws what these batches have claimed and not sent, a few at a time. */
export async function withdrawInParts(batchKeys: readonly string[], summary: string): Promise<void> {
  for (let at = 0; at < batchKeys.length; at += BATCHES_AT_A_TIME) {
    await withdrawBatches.executeWithOptions({ summary }, [batchKeys.slice(at, at + BATCHES_AT_A_TIME)]);
  }
}

export function batchesFailed(failed: number, planned: number, failures: readonly string[]): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `${failed} of ${planned} batches failed, the others are done; start the sweep again to run them: ${failures.slice(0, 5).join('; ')}`,
    'BatchesFailed',
  );
}

/** The SDK's wrappers say that something failed; what failed stands innermost. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
