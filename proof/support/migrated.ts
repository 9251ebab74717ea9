import type pg from 'pg';
import { connect, createPool } from '../../db/connect.ts';
import { migrateUp } from '../../db/migrate.ts';
import { makeLogins } from '../../local/logins.ts';

/** Migrates an empty database, makes the workers' log-in, does something with it, and disconnects. */
export async function inMigrated<T>(url: string, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = createPool({ url, maxConnections: 2, applicationName: 'scenario-push proof' });
  const db = connect(pool);
  try {
    await migrateUp(db);
    await makeLogins(pool, url);
    // What is measured and attacked must not depend on the time of day.
    await pool.query('update delivery_policies set send_until = send_from');
    return await work(pool);
  } finally {
    await db.destroy();
  }
}

/** Another database of the same server. */
export function databaseAt(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
