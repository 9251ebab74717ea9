import { createHmac } from 'node:crypto';
import type pg from 'pg';

/** Member of `scenario_push_worker`, on servers of our own. */
export const WORKER_LOGIN = 'scenario_push_local_worker';

/** Follows from the owner's password, so that nobody needs to keep it, and does not lead back to it. */
export function workerPassword(ownersPassword: string): string {
  return createHmac('sha256', ownersPassword).update(WORKER_LOGIN).digest('hex');
}

/** Makes the log-in that workers use here; the database must be migrated. In production an operator does: docs/access.md. */
export async function makeWorkerLogin(owner: pg.Pool, ownersUrl: string): Promise<void> {
  // Roles belong to the whole server: somebody else may have made it in this very moment.
  await owner.query(`
    do $$
    begin
      create role ${WORKER_LOGIN} login password '${workerPassword(new URL(ownersUrl).password)}';
    exception when duplicate_object or unique_violation then
      null;
    end
    $$;
    grant scenario_push_worker to ${WORKER_LOGIN}`);
}

/** The same database, as the worker reaches it. */
export function asWorker(ownersUrl: string): string {
  const url = new URL(ownersUrl);
  url.password = workerPassword(url.password);
  url.username = WORKER_LOGIN;
  return url.href;
}
