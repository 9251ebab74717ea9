import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { HEARTBEAT_TIMEOUT } from '../domain/timing.ts';

/** What people wait for goes before what sweeps do: a worker takes the tasks of the lowest number first. */
const NOW = { priority: { priorityKey: 1 } };
const SOON = { priority: { priorityKey: 2 } };
const SWEEP = { priority: { priorityKey: 4 } };

/** Short statements: a database that is away comes back, and so is a worker that was killed replaced. */
const statement = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '500 ms', maximumInterval: '30 seconds' },
} satisfies ActivityOptions;

/** One statement over tens of thousands of mentors. After six hours nothing may be claimed any more. */
const evaluation = {
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '7 hours',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '200 ms', maximumInterval: '30 seconds' },
} satisfies ActivityOptions;

/** Fails only where something is wrong here, a database that is away or a worker that was killed: it is tried again soon. */
const dispatch = {
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '200 ms', backoffCoefficient: 1.5, maximumInterval: '5 seconds' },
} satisfies ActivityOptions;

export const { planSweep, countSweep, awaitBatch, recountRuns, withdrawBatches, lookAtBrakes } =
  proxyActivities<Activities>({
    ...statement,
    ...SOON,
  });

export const { judgeMentor } = proxyActivities<Activities>({ ...statement, ...NOW });

/** The work of a batch, in the order of who waits for it. */
export const batchWork = {
  sweep: { ...evaluating(SWEEP), ...dispatching(SWEEP) },
  settle: dispatching(SOON),
  notify: { ...evaluating(NOW), ...dispatching(NOW) },
};

function evaluating(priority: ActivityOptions) {
  const { evaluateBatch } = proxyActivities<Activities>({ ...evaluation, ...priority });
  return { evaluateBatch };
}

function dispatching(priority: ActivityOptions) {
  const { dispatchBatch } = proxyActivities<Activities>({ ...dispatch, ...priority });
  return { dispatchBatch };
}

/** Asks Temporal about each batch and each sweep that looks stranded. */
export const { findStrandedBatches, endLostRuns } = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  ...SOON,
});

/** Five hundred dry runs a page at most, which nobody waits for. */
export const { checkStaleTokens } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '5 seconds', maximumInterval: '10 minutes' },
  priority: { priorityKey: 5 },
});
