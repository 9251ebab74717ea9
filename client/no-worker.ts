import { CodedError } from '../domain/errors.ts';
import { TASK_QUEUE } from './task-queue.ts';

/** Nothing that is started begins, and nothing that began goes on. */
export function noWorker(namespace: string, lastAt: Date | null): CodedError {
  const last = lastAt ? `; the last one asked at ${lastAt.toISOString()}` : '';
  return new CodedError(
    'E_NO_WORKER',
    `no worker has asked for work on task queue ${TASK_QUEUE} of namespace ${namespace} within the last minute${last}`,
    { fix: 'start one: "scenario-push worker"' },
  );
}
