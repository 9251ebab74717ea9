import type { Client } from '@temporalio/client';
import { MINUTE } from '../domain/durations.ts';
import { TASK_QUEUE } from './task-queue.ts';

/** A worker that asks for work asks again within the minute that an unanswered request takes. */
const POLLED_WITHIN = MINUTE;
/** The server's clock and this one may differ, and what is asked for takes a moment to be written down. */
const LEEWAY = MINUTE / 6;

/** `DescribeTaskQueue`'s number for the queue of workflow tasks. */
const WORKFLOW_TASKS = 1;

export interface Pollers {
  /** Identities (`pid@host`) of workers that have asked for work within the last minute. */
  readonly alive: readonly string[];
  /** When one last did; null: none that the server still knows of. */
  readonly lastAt: Date | null;
}

/** Who asks for this service's work. The server remembers a worker for minutes after its end: those do not count. */
export async function pollersOf(client: Client, now: Date): Promise<Pollers> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType: WORKFLOW_TASKS,
  });
  const seen = (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    identity: identity ?? '',
    at: Number(lastAccessTime?.seconds ?? 0) * 1_000,
  }));
  const since = now.getTime() - POLLED_WITHIN - LEEWAY;
  return {
    alive: [...new Set(seen.filter(({ at }) => at >= since).map(({ identity }) => identity))],
    lastAt: seen.length === 0 ? null : new Date(Math.max(...seen.map(({ at }) => at))),
  };
}
