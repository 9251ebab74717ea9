import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { makeLogins } from '../../local/logins.ts';

/**
 * The migrated database of which every test file gets a copy; returns its name.
 *
 * Its texts sort as English does, not by code point: SQL that needs bytewise order has to say so,
 * as it must in an organisation's own database.
 */
export async function createTemplate(serverUrl: string, migrateModule: string): Promise<string> {
  const name = 'template_migrated';
  await admin(serverUrl, (client) =>
    client.query(
      `create database ${name} template template0 encoding 'UTF8' locale_provider icu icu_locale 'en-US' locale 'C'`,
    ),
  );
  if (existsSync(migrateModule)) {
    const { migrateUp } = (await import(pathToFileURL(migrateModule).href)) as {
      migrateUp: (db: Kysely<unknown>) => Promise<unknown>;
    };
    const pool = new pg.Pool({ connectionString: urlOf(serverUrl, name), max: 2 });
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
    try {
      await migrateUp(db);
      await makeLogins(pool, serverUrl);
      // Whatever the time of day, a test that uses the clock sends at once. One about hours says which.
      await pool.query('update public.delivery_policies set send_until = send_from');
    } finally {
      await db.destroy(); // a database with connections cannot be copied
    }
  }
  return name;
}

/** The same server, another database. */
export function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs something on a connection of its own to the server's maintenance database. */
export async function admin<T>(serverUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
