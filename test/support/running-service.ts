import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Client, Connection, type DataConverter } from '@temporalio/client';
import getPort from 'get-port';
import type { FcmEmulator } from '../../local/fcm-emulator/emulator.ts';
import { findTemporalCli } from '../../local/temporal-cli.ts';
import { startTemporalServer } from '../../local/temporal-server.ts';
import { startWorkerProcess } from '../../local/worker-process.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { startEmulator } from './emulator.ts';
import { createFolder } from './folder.ts';
import { mustClose } from './leaks.ts';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

export interface RunningService {
  readonly database: TestDatabase;
  readonly emulator: FcmEmulator;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly temporalCli: string;
  readonly temporalAddress: string;
  readonly temporalDatabase: string;
  readonly workerLog: string;
  /** Of the worker that came with the service. */
  readonly metricsUrl: string;
  /** Of the server as it is: sees what is encrypted encrypted, unless it is given a converter. */
  client(dataConverter?: DataConverter): Client;
  /** `scenario-push …` as a process of its own. */
  run(args: readonly string[], more?: NodeJS.ProcessEnv): Promise<Outcome>;
  /** Another worker, with other variables; the one that came with the service goes on. */
  startWorker(more: NodeJS.ProcessEnv, logFile: string): Promise<{ stop(): Promise<void> }>;
  /** Ends the worker that came with the service. */
  stopWorker(): Promise<void>;
  stop(): Promise<void>;
}

/** Everything as in production, in processes of its own: a Temporal server on a file, a worker, the command line. */
export async function startRunningService(more: NodeJS.ProcessEnv = {}): Promise<RunningService> {
  const folder = createFolder();
  const temporalDatabase = join(folder.path, 'temporal.db');
  const temporalCli = await findTemporalCli({ log: () => {} });
  const [database, emulator, temporal] = await Promise.all([
    createDatabase(),
    startEmulator(),
    startTemporalServer({
      cli: temporalCli,
      uiPort: null,
      dbFilename: temporalDatabase,
      logFile: join(folder.path, 'temporal.log'),
    }),
  ]);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: folder.path,
    DATABASE_URL: database.worker.url,
    TEMPORAL_ADDRESS: temporal.address,
    FIREBASE_MESSAGING_EMULATOR_HOST: emulator.address,
    NO_COLOR: '1',
    LOG_LEVEL: 'trace',
    ...more,
  };
  const startWorker = async (changed: NodeJS.ProcessEnv, logFile: string) => {
    const closed = mustClose('worker process');
    const worker = await startWorkerProcess({ env: { ...env, ...changed }, logFile, onSpawn: () => {} });
    let stopped: Promise<void> | undefined;
    return { stop: () => (stopped ??= worker.stop().then(closed)) };
  };
  const workerLog = join(folder.path, 'worker.log');
  const metrics = `127.0.0.1:${await getPort()}`;
  const worker = await startWorker({ METRICS_ADDRESS: metrics }, workerLog);
  const connection = await Connection.connect({ address: temporal.address });
  return {
    database,
    emulator,
    folder: folder.path,
    env,
    temporalCli,
    temporalAddress: temporal.address,
    temporalDatabase,
    workerLog,
    startWorker,
    metricsUrl: `http://${metrics}/metrics`,
    client: (dataConverter) => new Client({ connection, ...(dataConverter && { dataConverter }) }),
    run: (args, changed = {}) => runProcess(process.execPath, ['cli/main.ts', ...args], { ...env, ...changed }),
    stopWorker: worker.stop,
    stop: async () => {
      await worker.stop();
      await connection.close();
      await temporal.stop();
      await emulator.stop();
      await database.drop();
      folder.remove();
    },
  };
}

/** Runs a program to its end; a code that is not 0 is an outcome like another. */
export function runProcess(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(file, args, { env, maxBuffer: 1 << 26, timeout: 120_000 }, (failure, out, error) => {
      resolve({ code: failure ? Number(failure.code) : 0, out, error });
    });
  });
}
