import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { openPrivate } from '../../local/private-file.ts';
import { run } from '../../local/run.ts';
import { tail } from '../../local/tail.ts';
import type { Children } from '../chaos/children.ts';
import type { ServerBinaries } from './binaries.ts';
import { choosePorts, clusterConfig, SERVICES, STORES, type Ports, type Service } from './cluster-config.ts';

const READY_WITHIN_MS = 120_000;

export interface ClusterOptions {
  readonly binaries: ServerBinaries;
  /** As superuser: Temporal's two databases are made there. */
  readonly postgresUrl: string;
  readonly folder: string;
  readonly children: Children;
}

/** A production Temporal server: its four services, each a process of its own, on PostgreSQL. */
export class Cluster {
  /** Of the frontend. */
  readonly address: string;
  readonly httpUrl: string;
  readonly #options: ClusterOptions;
  readonly #ports: Readonly<Record<Service, Ports>>;
  readonly #processes = new Map<Service, ChildProcess>();

  /** Sets up the schemas and starts the services; ready once each of them listens. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const ports = await choosePorts();
    mkdirSync(options.folder, { recursive: true });
    const cluster = new Cluster(options, ports);
    await cluster.#setUpSchemas();
    // It holds PostgreSQL's password.
    writeFileSync(cluster.#configFile, clusterConfig(options.postgresUrl, ports), { mode: 0o600 });
    await Promise.all(SERVICES.map((service) => cluster.startService(service)));
    return cluster;
  }

  private constructor(options: ClusterOptions, ports: Readonly<Record<Service, Ports>>) {
    this.#options = options;
    this.#ports = ports;
    this.address = `127.0.0.1:${ports.frontend.grpc}`;
    this.httpUrl = `http://127.0.0.1:${ports.frontend.http}`;
  }

  async startService(service: Service): Promise<void> {
    const logFile = this.#logFile(service);
    const log = openPrivate(logFile, 'a');
    const child = spawn(
      this.#options.binaries.server,
      ['--config-file', this.#configFile, '--allow-no-auth', 'start', '--service', service],
      { stdio: ['ignore', log, log], detached: true },
    );
    closeSync(log);
    if (child.pid !== undefined) this.#options.children.add(child.pid);
    this.#processes.set(service, child);
    const until = performance.now() + READY_WITHIN_MS;
    while (!(await answers(service, this.#ports[service].grpc))) {
      if (hasEnded(child) || performance.now() > until)
        throw new Error(`Temporal's ${service} did not come up; the end of its log:\n${tail(logFile)}`);
      await sleep(50);
    }
  }

  /** SIGKILL; resolves when it is gone. */
  async killService(service: Service): Promise<void> {
    const child = this.#processes.get(service)!;
    if (hasEnded(child)) throw new Error(`Temporal's ${service} had ended by itself: ${tail(this.#logFile(service))}`);
    const gone = new Promise<void>((done) => child.once('exit', () => done()));
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await Promise.all(
      [...this.#processes.values()].map(async (child) => {
        if (hasEnded(child)) return;
        const gone = new Promise<void>((done) => child.once('exit', () => done()));
        child.kill('SIGTERM');
        const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
        await gone;
        clearTimeout(force);
      }),
    );
  }

  get #configFile(): string {
    return join(this.#options.folder, 'temporal.yaml');
  }

  #logFile(service: Service): string {
    return join(this.#options.folder, `temporal-${service}.log`);
  }

  async #setUpSchemas(): Promise<void> {
    const { hostname, port, username, password } = new URL(this.#options.postgresUrl);
    for (const [schema, database] of Object.entries(STORES)) {
      const tool = async (...args: string[]) => {
        const to = ['--plugin', 'postgres12', '--ep', hostname, '-p', port, '-u', username, '--db', database];
        const { code, output } = await run(this.#options.binaries.sql, [...to, ...args], {
          // Not as an argument, which every process of the machine can read.
          env: { ...process.env, SQL_PASSWORD: decodeURIComponent(password) },
          timeoutMs: 120_000,
        });
        if (code !== 0) throw new Error(`sql ${args.join(' ')} for ${database}: ${output.slice(-1_000)}`);
      };
      await tool('create-database');
      await tool('setup-schema', '-v', '0.0');
      await tool('update-schema', '--schema-name', `postgresql/v12/${schema}`);
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** A port is open before the service has joined the others; a call is answered afterwards. The worker takes no calls. */
async function answers(service: Service, port: number): Promise<boolean> {
  if (service === 'worker') return listens(port);
  const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
  try {
    await connection.withDeadline(Date.now() + 2_000, () => connection.healthService.check({}));
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const answer = (is: boolean) => {
      socket.destroy();
      done(is);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}
