import { createHmac } from 'node:crypto';
import type pg from 'pg';

/** Member of `scenario_push_worker`, on servers of our own. */
export const WORKER_LOGIN = 'scenario_push_local_worker';
/** As the worker's; it may act for persons and write rules as well. */
export const CONSOLE_LOGIN = 'scenario_push_local_console';

const ROLES: Readonly<Record<string, string>> = {
  [WORKER_LOGIN]: 'scenario_push_worker',
  [CONSOLE_LOGIN]: 'scenario_push_worker, authenticated, scenario_push_rule_writer',
};

/** Follows from the owner's password, so that nobody needs to keep it, and does not lead back to it. */
function loginPassword(login: string, ownersPassword: string): string {
  return createHmac('sha256', ownersPassword).update(login).digest('hex');
}

/** Makes the log-ins that workers and consoles use here; the database must be migrated. In production an operator does: docs/access.md. */
export async function makeLogins(owner: pg.Pool, ownersUrl: string): Promise<void> {
  const { password } = new URL(ownersUrl);
  for (const [login, roles] of Object.entries(ROLES)) {
    // Roles belong to the whole server: somebody else may have made it in this very moment.
    await owner.query(`
      do $$
      begin
        create role ${login} login password '${loginPassword(login, password)}';
      exception when duplicate_object or unique_violation then
        null;
      end
      $$;
      grant ${roles} to ${login}`);
  }
}

/** Statements, a line each, that have the log-ins that are there follow a new password of the owner's. */
export function followPassword(ownersPassword: string): string[] {
  return Object.keys(ROLES).map(
    (login) =>
      `do $$ begin if exists (select from pg_roles where rolname = '${login}') then alter role ${login} password '${loginPassword(login, ownersPassword)}'; end if; end $$`,
  );
}

/** The same database, as the worker reaches it. */
export function asWorker(ownersUrl: string): string {
  return asLogin(ownersUrl, WORKER_LOGIN);
}

/** The same database, as the console reaches it. */
export function asConsole(ownersUrl: string): string {
  return asLogin(ownersUrl, CONSOLE_LOGIN);
}

function asLogin(ownersUrl: string, login: string): string {
  const url = new URL(ownersUrl);
  url.password = loginPassword(login, url.password);
  url.username = login;
  return url.href;
}
