import type { NativeConnection, Worker } from '@temporalio/worker';
import type pg from 'pg';
import { SECOND } from '../../domain/durations.ts';

/** What a worker needs to do its work; true = it works now. */
export interface Parts {
  /** Runs and asks Temporal for both kinds of tasks. */
  readonly worker: boolean;
  readonly database: boolean;
  readonly temporal: boolean;
}

export type Examine = () => Promise<Parts>;

/** An answer that takes longer is none. */
const PATIENCE = 2 * SECOND;

/** Looks at all three at once. Never throws, and ends within about two seconds. */
export function examiner({
  worker,
  pool,
  connection,
}: {
  worker: Worker;
  pool: pg.Pool;
  connection: NativeConnection;
}): Examine {
  return async () => {
    const [database, temporal] = await Promise.all([
      answers(() => pool.query('select')),
      answers(() => connection.withDeadline(Date.now() + PATIENCE, () => connection.workflowService.getSystemInfo({}))),
    ]);
    return { worker: isPolling(worker), database, temporal };
  };
}

/** Alive: running, or ending in order. A worker in its grace is not to be killed: requests are in flight. */
export function isAlive(worker: Worker): boolean {
  return ['RUNNING', 'STOPPING', 'DRAINING', 'DRAINED'].includes(worker.getState());
}

function isPolling(worker: Worker): boolean {
  const { runState, workflowPollerState, activityPollerState } = worker.getStatus();
  return runState === 'RUNNING' && workflowPollerState === 'POLLING' && activityPollerState === 'POLLING';
}

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE);
  });
  const answered = ask().then(
    () => true,
    () => false,
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
