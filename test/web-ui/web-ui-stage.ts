import { Client, Connection } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { startSweep, type SweepHandle } from '../../client/sweeps.ts';
import { loadSampleData } from '../../local/sample-data/load-sample-data.ts';
import { startTemporalServer } from '../../local/temporal-server.ts';
import { startWorkerProcess } from '../../local/worker-process.ts';
import type { SweepProgress } from '../../workflows/sweep-messages.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startEmulator } from '../support/emulator.ts';
import { createFolder } from '../support/folder.ts';
import { mustClose } from '../support/leaks.ts';

export interface Stage {
  readonly database: TestDatabase;
  readonly client: Client;
  /** `http://127.0.0.1:port/namespaces/default` */
  readonly webUi: string;
  close(): Promise<void>;
}

/** A Temporal server with its Web UI, a worker as production runs it, and the sample data. To be closed in `afterAll`. */
export async function openStage(asOf: Date): Promise<Stage> {
  const folder = createFolder();
  const [database, emulator, server] = await Promise.all([
    createDatabase(),
    startEmulator(),
    startTemporalServer({ logFile: join(folder.path, 'temporal.log') }),
  ]);
  const serverClosed = mustClose('Temporal server with a Web UI (call close() in afterAll)');
  await loadSampleData(database.db, { asOf, mentors: 600 });
  const worker = await startWorkerProcess({
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: server.address,
      FIREBASE_MESSAGING_EMULATOR_HOST: emulator.address,
    },
    logFile: join(folder.path, 'worker.log'),
    onSpawn: () => {},
  });
  const workerClosed = mustClose('worker process (call close() in afterAll)');
  const connection = await Connection.connect({ address: server.address });
  return {
    database,
    client: new Client({ connection }),
    webUi: `${server.uiUrl}/namespaces/default`,
    async close() {
      await connection.close();
      await worker.stop();
      workerClosed();
      await server.stop();
      serverClosed();
      await emulator.stop();
      await database.drop();
      folder.remove();
    },
  };
}

/** Keeps every evaluation waiting, as a lock of somebody else would, until `release` is called. */
export async function blockEvaluations(database: TestDatabase): Promise<{ release(): Promise<void> }> {
  const client = await database.pool.connect();
  await client.query('begin; lock table evaluation_batches in access exclusive mode');
  return {
    release: async () => {
      await client.query('rollback');
      client.release();
    },
  };
}

/** Of all scenarios, or one: a batch for every fifty mentors, so that there is something to pause. */
export function sweepInSmallBatches(
  client: Client,
  asOf: Date,
  workflowId: string,
  scenarioTypes?: readonly string[],
): Promise<SweepHandle> {
  return startSweep(
    client,
    {
      asOf: asOf.toISOString(),
      mentorsPerBatch: 50,
      concurrency: 2,
      brake: false,
      ...(scenarioTypes && { scenarioTypes }),
    },
    workflowId,
  );
}

/** Waits until the sweep's progress is as wanted, a minute at most. */
export async function untilProgress(
  handle: SweepHandle,
  wanted: (progress: SweepProgress) => boolean,
): Promise<SweepProgress> {
  for (let i = 0; i < 600; i++) {
    const progress = await handle.query<SweepProgress, []>('progress').catch(() => null);
    if (progress && wanted(progress)) return progress;
    await sleep(100);
  }
  throw new Error('the sweep did not get there within a minute');
}
