import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';

/** Short statements: a database that is away comes back, and so is a worker that was killed replaced. */
export const { planSweep, countSweep, recountRuns } = proxyActivities<Activities>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '500 ms', maximumInterval: '30 seconds' },
});

/** One statement over tens of thousands of mentors. After six hours nothing may be claimed any more. */
export const { evaluateBatch } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '7 hours',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '500 ms', maximumInterval: '30 seconds' },
});

/**
 * Waits between tries 1 s, 3 s, 9 s, 27 s, then a minute, or as long as the push service asks. Ends by itself: each
 * notification is settled after five unknown attempts, its time to live, or an hour of refusals.
 */
export const { dispatchBatch } = proxyActivities<Activities>({
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 3, maximumInterval: '1 minute' },
});

/** Asks Temporal about each batch that looks stranded. */
export const { findStrandedBatches } = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});

/** Five hundred dry runs a page. */
export const { checkStaleTokens } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '5 seconds', maximumInterval: '10 minutes' },
});

export const { awaitBatch } = proxyActivities<Activities>({
  startToCloseTimeout: '1 day',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '500 ms', maximumInterval: '10 seconds' },
});
