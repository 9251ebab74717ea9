import type pg from 'pg';

/** Member of `scenario_push_worker`, on servers of our own that trust loopback and know no passwords. */
const LOGIN = 'scenario_push_local_worker';

/** Makes the log-in that workers use here; the database must be migrated. In production an operator does: docs/access.md. */
export async function makeWorkerLogin(owner: pg.Pool | pg.Client): Promise<void> {
  // Roles belong to the whole server: somebody else may have made it in this very moment.
  await owner.query(`
    do $$
    begin
      create role ${LOGIN} login;
    exception when duplicate_object or unique_violation then
      null;
    end
    $$;
    grant scenario_push_worker to ${LOGIN}`);
}

/** The same database, as the worker reaches it. */
export function asWorker(ownersUrl: string): string {
  const url = new URL(ownersUrl);
  url.username = LOGIN;
  return url.href;
}
