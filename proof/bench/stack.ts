import { join } from 'node:path';
import type { Supervisor } from '../../local/supervisor.ts';
import { asWorker } from '../../local/logins.ts';
import { startWorkerProcess } from '../../local/worker-process.ts';
import { serversIn, workerEnvironment } from '../support/servers.ts';

export interface Stack {
  /** As superuser. */
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly emulatorAddress: string;
  readonly ledgerFile: string;
  /** Of each server. */
  readonly pids: Readonly<Record<'postgres' | 'temporal' | 'emulator', number>>;
  /** Returns their process ids. They use a log-in of the worker's role, which must be there by then. */
  startWorkers(count: number): Promise<number[]>;
}

/**
 * What a small server of its own would have. Everything else is PostgreSQL's default: fsync and synchronous_commit are
 * on. Statements that take long are in the log (see --keep), and all are counted.
 */
export const POSTGRES_SETTINGS = {
  shared_buffers: '1GB',
  max_wal_size: '4GB',
  log_min_duration_statement: '250',
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track_planning': 'on',
};

/** All that the benchmark runs against, durable, each part in a process of its own; the database lies in `<folder>/postgres`. */
export async function startStack(
  supervisor: Supervisor,
  folder: string,
  options: { readonly latencyMs?: number; readonly metricsAddress?: string } = {},
): Promise<Stack> {
  const { latencyMs, metricsAddress } = options;
  const servers = serversIn(folder, (name, begin) => supervisor.start(name, begin));
  const [postgres, temporal, emulator] = await Promise.all([
    servers.postgres({ settings: POSTGRES_SETTINGS }),
    servers.temporal(),
    servers.emulator(latencyMs ? { latencyMs } : {}),
  ]);
  const env = {
    ...workerEnvironment(process.env, {
      databaseUrl: asWorker(postgres.url),
      temporal: temporal.address,
      emulator: emulator.address,
    }),
    NODE_ENV: 'production',
    ...(metricsAddress && { METRICS_ADDRESS: metricsAddress }),
  };
  return {
    databaseUrl: postgres.url,
    temporalAddress: temporal.address,
    emulatorAddress: emulator.address,
    ledgerFile: servers.ledgerFile,
    pids: { postgres: postgres.pid, temporal: temporal.pid, emulator: emulator.pid },
    startWorkers: (count) =>
      Promise.all(
        Array.from({ length: count }, async (_, n) => {
          const logFile = join(folder, `worker-${n + 1}.log`);
          const { pid } = await supervisor.start(`worker ${n + 1}`, (onSpawn) =>
            startWorkerProcess({ env, logFile, onSpawn }),
          );
          return pid;
        }),
      ),
  };
}
