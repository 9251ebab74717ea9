import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { CodedError } from '../../domain/errors.ts';
import { mustClose } from './leaks.ts';
import { fromSetup } from './server-address.ts';

export type TestConnection = {
  address: string;
  connection: Connection;
  client: Client;
  /** Of this connection alone; the namespace is shared by the whole run. */
  taskQueue: string;
  close(): Promise<void>;
};

/** A client of the run's Temporal server, namespace `default`. To be closed in `afterAll`. */
export async function testConnection(): Promise<TestConnection> {
  const address = fromSetup('TEST_TEMPORAL_ADDRESS');
  const connection = await Connection.connect({ address });
  const closed = mustClose('Temporal connection (call close() in afterAll)');
  return {
    address,
    connection,
    client: new Client({ connection }),
    taskQueue: `test-${randomBytes(6).toString('hex')}`,
    close: async () => {
      await connection.close();
      closed();
    },
  };
}

export type TestWorker = {
  worker: Worker;
  /** Ends the worker; after five seconds also with activities that do not listen. Throws what the worker died of. */
  stop(): Promise<void>;
};

/**
 * A running worker with the workflows of the prebuilt bundle, or with those at `workflowBundle`. Takes 0.4 s.
 * To be stopped in `afterAll`.
 */
export async function startWorker(
  options: { activities: object; taskQueue: string } & Partial<
    Omit<WorkerOptions, 'connection' | 'activities' | 'taskQueue'>
  >,
): Promise<TestWorker> {
  quietRuntime();
  const connection = await NativeConnection.connect({ address: fromSetup('TEST_TEMPORAL_ADDRESS') });
  const closed = mustClose('worker (call stop() in afterAll)');
  let worker: Worker;
  try {
    worker = await Worker.create({
      ...(options.workflowsPath ? {} : { workflowBundle: { codePath: fromSetup('TEST_WORKFLOW_BUNDLE') } }),
      shutdownGraceTime: '2 s',
      shutdownForceTime: '5 s',
      maxCachedWorkflows: 100,
      ...options,
      connection,
    });
  } catch (error) {
    await connection.close();
    closed();
    throw error;
  }
  // Kept as a value: a rejection that nobody waits for yet would end the process.
  const ended = worker.run().then(
    () => undefined,
    (error: unknown) => error,
  );
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    const error = await Promise.race([
      ended,
      sleep(60_000, new CodedError('E_TEST_WORKER', 'the worker did not end within a minute'), { ref: false }),
    ]);
    closed();
    if (error !== undefined && !isForcedShutdown(error)) throw error;
    await connection.close();
  };
  return { worker, stop: () => (stopped ??= stop()) };
}

/** By name: `instanceof` fails across Jest's realms. */
function isForcedShutdown(error: unknown): boolean {
  return (error as { name?: string }).name === 'GracefulShutdownPeriodExpiredError';
}

let quiet = false;

/** Once per test file: the SDK's own log at INFO would drown Jest's. */
export function quietRuntime(): void {
  if (quiet) return;
  quiet = true;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
}
