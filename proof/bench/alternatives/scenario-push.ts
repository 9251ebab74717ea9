import { kill } from 'node:process';
import { Client, Connection } from '@temporalio/client';
import { startSweep } from '../../../client/sweeps.ts';
import type { Supervisor } from '../../../local/supervisor.ts';
import { startWorkerProcess } from '../../../local/worker-process.ts';
import { serversIn } from '../../support/servers.ts';
import { COMPARED_TYPES } from './kit/due.ts';
import type { Participant } from './participant.ts';

/** What a participant is started with; its surroundings are the same for all. */
export interface Start {
  readonly env: NodeJS.ProcessEnv;
  readonly asOf: Date;
  readonly isResumed: boolean;
  readonly logFile: string;
  readonly onSpawn: (pid: number) => void;
}

/** The service itself: a durable Temporal server, a worker, and one sweep of all four types, asked for as an operator would. */
export async function scenarioPush(
  supervisor: Supervisor,
  folder: string,
): Promise<(start: Start) => Promise<Participant>> {
  const temporal = await serversIn(folder, (name, begin) => supervisor.start(name, begin)).temporal();
  const connection = await Connection.connect({ address: temporal.address });
  await supervisor.start('client', async () => ({ stop: () => connection.close() }));
  const client = new Client({ connection });
  // The sweep is Temporal's: it goes on where a worker that was killed left it.
  let sweeping: Promise<void> | undefined;
  return async ({ env, asOf, logFile, onSpawn }) => {
    const worker = await startWorkerProcess({ env: { ...env, TEMPORAL_ADDRESS: temporal.address }, logFile, onSpawn });
    return {
      pids: [worker.pid, temporal.pid],
      sweep: () =>
        (sweeping ??= startSweep(client, {
          asOf: asOf.toISOString(),
          scenarioTypes: COMPARED_TYPES,
          brake: false,
        }).then(async (handle) => void (await handle.result()))),
      kill: async () => {
        kill(worker.pid, 'SIGKILL');
        await worker.exited;
      },
      stop: worker.stop,
    };
  };
}
