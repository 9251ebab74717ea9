import { spawn } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { localFolder } from './folders.ts';
import { openPrivate, withPrivateFiles } from './private-file.ts';
import { requireSpace } from './free-space.ts';
import { CodedError } from '../domain/errors.ts';
import { choosePort } from './ports.ts';
import { fileSize, tail } from './tail.ts';
import { findTemporalCli } from './temporal-cli.ts';

export type TemporalServerOptions = {
  /** The executable. @default findTemporalCli() */
  cli?: string;
  /** Keeps everything over a restart and a crash of the server. @default in memory */
  dbFilename?: string;
  /** @default a free one */
  port?: number;
  /** null: no Web UI. @default a free one */
  uiPort?: number | null;
  /** @default those that this project writes */
  searchAttributes?: Record<string, 'Keyword' | 'KeywordList'>;
  /** @default temporal.log in the local folder */
  logFile?: string;
  log?: (line: string) => void;
  /** Called once the process exists and before it is ready. */
  onSpawn?: (pid: number) => void;
};

export type TemporalServer = {
  address: string;
  uiUrl: string | null;
  pid: number;
  logFile: string;
  /** Resolves when the server has ended, asked or not. */
  exited: Promise<void>;
  stop(): Promise<void>;
};

const readyWithinMs = 60_000;

/** Its limits protect a shared server; a sweep on one machine would only run into them. */
const limits: Record<string, number> = {
  'frontend.rps': 100_000,
  'frontend.namespaceRPS': 100_000,
  'frontend.namespaceCount': 100_000,
  'frontend.persistenceMaxQPS': 100_000,
  'history.rps': 100_000,
  'history.persistenceMaxQPS': 100_000,
  'matching.rps': 100_000,
  'matching.persistenceMaxQPS': 100_000,
};

/**
 * A Temporal development server with the namespace `default`, on loopback.
 *
 * Throws E_NO_TEMPORAL_CLI, E_TEMPORAL_CLI_PATH, E_NO_SPACE, E_TEMPORAL_START.
 */
export async function startTemporalServer(options: TemporalServerOptions = {}): Promise<TemporalServer> {
  const cli = options.cli ?? (await findTemporalCli({ log: options.log ?? (() => {}) }));
  const logFile = options.logFile ?? join(localFolder(), 'temporal.log');
  mkdirSync(dirname(logFile), { recursive: true });
  const attributes = options.searchAttributes ?? { ScenarioType: 'KeywordList', EvaluationDate: 'Keyword' };
  const durable: string[] = [];
  if (options.dbFilename) {
    const file = resolve(options.dbFilename);
    mkdirSync(dirname(file), { recursive: true });
    await requireSpace(dirname(file), 100);
    // With a sync of every write it is three times slower; WAL at NORMAL loses nothing when a process is killed.
    // It may have been made open; what SQLite keeps beside it takes its mode.
    if (existsSync(file)) chmodSync(file, 0o600);
    durable.push('--db-filename', file, '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL');
  }
  for (let attempt = 1; ; attempt++) {
    const port = options.port || (await choosePort()).port;
    const uiPort = options.uiPort === null ? null : options.uiPort || (await choosePort()).port;
    const args = [
      'server',
      'start-dev',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
      '--log-level',
      'warn',
      '--color',
      'never',
      // Profiles and TEMPORAL_… variables of the person at the keyboard speak about another server.
      '--disable-config-file',
      '--disable-config-env',
      ...durable,
      ...Object.entries(attributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
      ...Object.entries(limits).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${value}`]),
    ];
    const logStart = fileSize(logFile);
    const log = openPrivate(logFile, 'a');
    // A group of its own, so that Ctrl-C in a terminal does not take it away from under the worker.
    const child = withPrivateFiles(() => spawn(cli, args, { detached: true, stdio: ['ignore', log, log] }));
    closeSync(log);
    const exited = new Promise<void>((done) => child.once('exit', () => done()).once('error', () => done()));
    let ended = false;
    void exited.then(() => (ended = true));
    if (child.pid !== undefined) options.onSpawn?.(child.pid);

    const stop = async (): Promise<void> => {
      if (child.pid === undefined) return;
      child.ref();
      for (const [signal, waitMs] of [
        ['SIGTERM', 10_000],
        ['SIGKILL', 2_000],
      ] as const) {
        if (ended) return;
        child.kill(signal);
        const timer = new AbortController();
        await Promise.race([exited, sleep(waitMs, undefined, { signal: timer.signal }).catch(() => {})]);
        timer.abort();
      }
    };

    const address = `127.0.0.1:${port}`;
    if (await isReady(address, Object.keys(attributes), () => ended)) {
      child.unref();
      return {
        address,
        uiUrl: uiPort === null ? null : `http://127.0.0.1:${uiPort}`,
        pid: child.pid!,
        logFile,
        exited,
        stop,
      };
    }
    await stop();
    const output = tail(logFile, logStart);
    if (/address already in use/i.test(output) && !options.port && !options.uiPort && attempt < 5) continue;
    throw new CodedError(
      'E_TEMPORAL_START',
      `the Temporal development server (${cli}) did not come up on ${address}; the end of ${logFile}:\n${output}`,
      { fix: 'correct what it names, or set TEMPORAL_ADDRESS to a running server' },
    );
  }
}

/** Answers for the namespace and knows the search attributes: these are the last things it sets up. */
async function isReady(address: string, attributes: string[], ended: () => boolean): Promise<boolean> {
  const until = performance.now() + readyWithinMs;
  while (!ended() && performance.now() < until) {
    let connection: Connection | undefined;
    try {
      connection = await Connection.connect({ address, connectTimeout: 5_000 });
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
      if (attributes.every((name) => customAttributes && name in customAttributes)) return !ended();
    } catch {
      // not yet
    } finally {
      await connection?.close();
    }
    await sleep(50);
  }
  return false;
}
