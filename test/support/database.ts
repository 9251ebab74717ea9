import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type pg from 'pg';
import { connect, createPool } from '../../db/connect.ts';
import type { Database } from '../../db/tables.ts';
import { asWorker } from '../../local/logins.ts';
import { mustClose } from './leaks.ts';
import { fromSetup } from './server-address.ts';
import { admin, urlOf } from './template.ts';

export type TestDatabase = {
  /** As superuser. */
  url: string;
  pool: pg.Pool;
  db: Kysely<Database>;
  /** As what the service works as: everything that is part of it belongs here. */
  worker: { url: string; pool: pg.Pool; db: Kysely<Database> };
  /** Closes the pools and removes the database, whoever is still connected. */
  drop(): Promise<void>;
};

/**
 * A database of this test file's own: a copy of the migrated template, or an empty one.
 * To be dropped in `afterAll`; a file that forgets fails.
 */
export async function createDatabase(options: { migrated?: boolean; poolSize?: number } = {}): Promise<TestDatabase> {
  const server = fromSetup('TEST_POSTGRES_URL');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const source =
    options.migrated === false
      ? `template template0 encoding 'UTF8' locale_provider icu icu_locale 'en-US' locale 'C'`
      : `template ${fromSetup('TEST_TEMPLATE')}`;
  // FILE_COPY: 20 to 44 ms, the default writes the whole copy to the WAL.
  await admin(server, (client) =>
    whenTemplateIsFree(() => client.query(`create database ${name} ${source} strategy file_copy`)),
  );

  const connectTo = (url: string) => {
    const pool = createPool({ url, maxConnections: options.poolSize ?? 10, prepare: true });
    return { url, pool, db: connect(pool) };
  };
  const owner = connectTo(urlOf(server, name));
  const worker = connectTo(asWorker(owner.url));
  const closed = mustClose(`database ${name} (call drop() in afterAll)`);
  let dropped: Promise<void> | undefined;
  const drop = async (): Promise<void> => {
    await Promise.all([owner.db.destroy(), worker.db.destroy()]);
    await admin(server, (client) => client.query(`drop database if exists ${name} with (force)`));
    closed();
  };
  return { ...owner, worker, drop: () => (dropped ??= drop()) };
}

/** Two files copying at once: the second is told that the template is being accessed. */
async function whenTemplateIsFree<T>(work: () => Promise<T>): Promise<T> {
  const objectInUse = '55006';
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== objectInUse || attempt >= 200) throw error;
      await sleep(25);
    }
  }
}
