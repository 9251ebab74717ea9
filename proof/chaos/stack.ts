import { mkdirSync, readFileSync } from 'node:fs';
import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import type { Postgres } from '../../local/postgres.ts';
import type { TemporalServer } from '../../local/temporal-server.ts';
import { asWorker } from '../../local/logins.ts';
import { databaseAt, inMigrated } from '../support/migrated.ts';
import { serversIn, type Servers } from '../support/servers.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import type { Children } from './children.ts';

const TEMPLATE = 'chaos_template';
const POSTGRES_SETTINGS = { track_commit_timestamp: 'on', shared_buffers: '64MB' };

/** Whatever answers as Temporal: a server of its own processes, started on the PostgreSQL that is up. */
export type StartTemporal = (postgresUrl: string) => Promise<Pick<TemporalServer, 'address' | 'stop'>>;

/** The servers that outlive a run: a durable PostgreSQL behind the proxy, and a durable Temporal server. */
export class Stack {
  readonly folder: string;
  readonly proxy: TcpProxy;
  readonly client: Client;
  readonly temporalAddress: string;
  readonly #servers: Servers;
  readonly #connection: Connection;
  #postgres: Postgres;
  #temporal: TemporalServer | Awaited<ReturnType<StartTemporal>>;

  /** @param startTemporal @default the development server */
  static async start(folder: string, children: Children, startTemporal?: StartTemporal): Promise<Stack> {
    mkdirSync(folder, { recursive: true });
    const servers = serversIn(folder, children.start);
    const starting = servers.postgres({ settings: POSTGRES_SETTINGS });
    const [postgres, temporal] = await Promise.all([
      starting,
      startTemporal ? starting.then(({ url }) => startTemporal(url)) : servers.temporal(),
    ]);
    await makeTemplate(postgres.url);
    const connection = await Connection.connect({ address: temporal.address });
    return new Stack({
      folder,
      servers,
      postgres,
      temporal,
      connection,
      proxy: await TcpProxy.start(`127.0.0.1:${postgres.port}`),
    });
  }

  private constructor(parts: {
    folder: string;
    servers: Servers;
    postgres: Postgres;
    temporal: TemporalServer | Awaited<ReturnType<StartTemporal>>;
    connection: Connection;
    proxy: TcpProxy;
  }) {
    this.folder = parts.folder;
    this.#servers = parts.servers;
    this.#postgres = parts.postgres;
    this.#temporal = parts.temporal;
    this.#connection = parts.connection;
    this.client = new Client({ connection: parts.connection });
    this.temporalAddress = parts.temporal.address;
    this.proxy = parts.proxy;
  }

  /** A database of one run's own: as the harness reaches it, and as the workers do, through the proxy and in their own role. */
  async createDatabase(name: string): Promise<{ pool: pg.Pool; throughProxy: string }> {
    await this.admin(`create database ${name} template ${TEMPLATE} strategy file_copy`);
    const url = new URL(databaseAt(this.#postgres.url, name));
    const pool = new pg.Pool({ connectionString: url.href, max: 4, application_name: 'chaos' });
    pool.on('error', () => {});
    url.port = String(this.proxy.port);
    return { pool, throughProxy: asWorker(url.href) };
  }

  async dropDatabase(name: string): Promise<void> {
    await this.admin(`drop database if exists ${name} with (force)`);
  }

  async admin(query: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: this.#postgres.url });
    await client.connect();
    try {
      return await client.query(query);
    } finally {
      await client.end();
    }
  }

  /** `fast` disconnects everybody, `immediate` is a crash of the server. */
  async restartPostgres(mode: 'fast' | 'immediate'): Promise<void> {
    kill(this.#postgres.pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await this.#postgres.exited;
    this.#postgres = await this.#servers.postgres({ settings: POSTGRES_SETTINGS, port: this.#postgres.port });
  }

  async restartTemporal(mode: 'asked' | 'killed', downMs: number): Promise<void> {
    if (!('pid' in this.#temporal)) throw new Error('only the development server is restarted as a whole');
    if (mode === 'asked') await this.#temporal.stop();
    else kill(this.#temporal.pid, 'SIGKILL');
    await this.#temporal.exited;
    await sleep(downMs);
    this.#temporal = await this.#servers.temporal(Number(new URL(`http://${this.temporalAddress}`).port));
  }

  async stop(): Promise<void> {
    await this.#connection.close();
    await this.proxy.close();
    await Promise.all([this.#temporal.stop(), this.#postgres.stop()]);
  }
}

async function makeTemplate(serverUrl: string): Promise<void> {
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  await inMigrated(databaseAt(serverUrl, TEMPLATE), (pool) =>
    pool.query(readFileSync(new URL('./journal.sql', import.meta.url), 'utf8')),
  );
}
