import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { FcmEmulator } from '../../local/fcm-emulator/emulator.ts';
import { choosePort } from '../../local/ports.ts';
import { startWorkerProcess } from '../../local/worker-process.ts';
import type { TcpProxy } from '../../proof/support/tcp-proxy.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { startEmulator } from './emulator.ts';
import { createFolder } from './folder.ts';
import { mustClose } from './leaks.ts';
import { startProxy } from './proxy.ts';
import { fromSetup } from './server-address.ts';

export interface WorkerUnderTest {
  readonly db: TestDatabase['db'];
  readonly emulator: FcmEmulator;
  readonly namespace: string;
  /** What a command needs to reach the same parts, around the proxies. */
  readonly env: NodeJS.ProcessEnv;
  /** Between the worker and its servers. */
  readonly proxies: { readonly postgres: TcpProxy; readonly temporal: TcpProxy };
  readonly metricsUrl: string;
  readonly healthUrl: string;
  /** What it has logged, parsed. */
  log(): Record<string, unknown>[];
  /** What a command prints with --json. Throws if it fails. */
  command(...args: string[]): Promise<Record<string, unknown>[]>;
  readonly pid: number;
  /** Ends the worker alone. */
  end(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A worker in a process of its own, as production runs it, with metrics and health, on a database and in a Temporal
 * namespace of this test file's own. To be stopped in `afterAll`.
 */
export async function startWorkerUnderTest(extra: NodeJS.ProcessEnv = {}): Promise<WorkerUnderTest> {
  const namespace = await createNamespace();
  const folder = createFolder();
  const [database, emulator] = await Promise.all([createDatabase(), startEmulator()]);
  const temporalAddress = fromSetup('TEST_TEMPORAL_ADDRESS');
  const databaseUrl = new URL(database.url);
  const [postgres, temporal] = await Promise.all([startProxy(databaseUrl.host), startProxy(temporalAddress)]);
  const [metrics, health] = [`127.0.0.1:${(await choosePort()).port}`, `127.0.0.1:${(await choosePort()).port}`];
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    FIREBASE_MESSAGING_EMULATOR_HOST: emulator.address,
    NO_COLOR: '1',
    ...extra,
  };
  databaseUrl.host = postgres.address;
  const logFile = join(folder.path, 'worker.log');
  const closed = mustClose('worker process (call stop() in afterAll)');
  const worker = await startWorkerProcess({
    env: {
      ...env,
      DATABASE_URL: databaseUrl.href,
      TEMPORAL_ADDRESS: temporal.address,
      METRICS_ADDRESS: metrics,
      HEALTH_ADDRESS: health,
    },
    logFile,
    onSpawn: () => {},
  });
  return {
    db: database.db,
    emulator,
    namespace,
    env,
    proxies: { postgres, temporal },
    metricsUrl: `http://${metrics}/metrics`,
    healthUrl: `http://${health}`,
    log: () =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    command: (...args) => json(env, args),
    pid: worker.pid,
    end: () => worker.stop(),
    stop: async () => {
      await worker.stop();
      closed();
      await Promise.all([postgres.close(), temporal.close(), emulator.stop()]);
      await database.drop();
      folder.remove();
    },
  };
}

function json(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['cli/main.ts', ...args, '--json'],
      { env, maxBuffer: 1 << 26 },
      (failure, out, error) => {
        if (failure) reject(new Error(`${args.join(' ')} ended with ${failure.code}: ${error}`));
        else
          resolve(
            out
              .split('\n')
              .filter(Boolean)
              .map((line) => JSON.parse(line) as Record<string, unknown>),
          );
      },
    );
  });
}

/** Workers all listen on one task queue: those of other test files must not take this one's work. */
async function createNamespace(): Promise<string> {
  const namespace = `test-${randomBytes(6).toString('hex')}`;
  const connection = await Connection.connect({ address: fromSetup('TEST_TEMPORAL_ADDRESS') });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
    for (let tries = 100; ; tries--) {
      try {
        await connection.workflowService.listWorkflowExecutions({ namespace });
        return namespace;
      } catch (error) {
        if (tries === 0) throw error;
        await sleep(200);
      }
    }
  } finally {
    await connection.close();
  }
}
