import pg from 'pg';
import { createPool } from '../../../db/connect.ts';
import type { Supervisor } from '../../../local/supervisor.ts';
import type { Postgres } from '../../../local/postgres.ts';
import { databaseAt, inMigrated } from '../../support/migrated.ts';
import { serversIn } from '../../support/servers.ts';
import { loadAudience, type Audience } from '../load-audience.ts';
import { POSTGRES_SETTINGS } from '../stack.ts';

const TEMPLATE = 'audience';

/** One durable PostgreSQL: the audience is loaded once, and everybody starts with a copy of it. */
export class Databases {
  /** Of the server. */
  readonly pid: number;
  readonly #serverUrl: string;

  private constructor({ pid, url }: Postgres) {
    this.pid = pid;
    this.#serverUrl = url;
  }

  /** Statements are counted for all of them alike. */
  static async start(supervisor: Supervisor, folder: string): Promise<Databases> {
    const servers = serversIn(folder, (name, begin) => supervisor.start(name, begin));
    const databases = new Databases(await servers.postgres({ settings: POSTGRES_SETTINGS }));
    await databases.#admin('create extension pg_stat_statements');
    return databases;
  }

  /** Fills the template and has it read by `read` before anybody copies it. */
  async load<T>(audience: Audience, read: (pool: pg.Pool) => Promise<T>): Promise<T> {
    await this.#admin(`create database ${TEMPLATE}`);
    return inMigrated(this.urlOf(TEMPLATE), async (pool) => {
      await loadAudience(pool, audience);
      return read(pool);
    });
  }

  /** A fresh copy of the audience; everything is written out before it is used. */
  async copy(name: string): Promise<{ url: string; pool: pg.Pool }> {
    await this.#admin(`create database ${name} template ${TEMPLATE} strategy file_copy`);
    await this.#admin('checkpoint');
    const url = this.urlOf(name);
    return { url, pool: createPool({ url, maxConnections: 2, applicationName: 'scenario-push bench' }) };
  }

  async drop(name: string): Promise<void> {
    await this.#admin(`drop database if exists ${name} with (force)`);
  }

  /** Statements that this database has been sent so far, begin and commit among them. */
  async statementsOf(name: string): Promise<number> {
    const { rows } = await this.#admin<{ calls: number }>(
      `select coalesce(sum(calls), 0)::float8 as calls from pg_stat_statements where dbid = (select oid from pg_database where datname = $1)`,
      [name],
    );
    return rows[0]!.calls;
  }

  urlOf(name: string): string {
    return databaseAt(this.#serverUrl, name);
  }

  async #admin<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<pg.QueryResult<Row>> {
    const client = new pg.Client({ connectionString: this.#serverUrl });
    await client.connect();
    try {
      return await client.query<Row>(text, values);
    } finally {
      await client.end();
    }
  }
}
