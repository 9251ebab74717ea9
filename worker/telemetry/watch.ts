import type { NativeConnection, Worker } from '@temporalio/worker';
import type pg from 'pg';
import type { Logger } from 'pino';
import { connect, createPool } from '../../db/connect.ts';
import { examiner } from './examine.ts';
import type { HealthServer } from './health-server.ts';
import type { Metrics } from './metrics.ts';
import { watchState } from './state-gauges.ts';

/** One asks whether the database answers while the other reads the gauges. */
const CONNECTIONS = 2;

/**
 * Lets `health` speak of the worker and keeps the gauges true. On connections of its own: a pool whose connections are
 * all at work is no database that is away. Without health and metrics it does nothing.
 */
export function startWatching(
  databaseUrl: string,
  parts: {
    worker: Worker;
    connection: NativeConnection;
    pool: pg.Pool;
    metrics: Metrics | null;
    health: HealthServer | null;
    log: Logger;
  },
): { stop(): Promise<void> } {
  const { worker, connection, pool, metrics, health, log } = parts;
  if (!health && !metrics) return { stop: async () => {} };
  const own = createPool({ url: databaseUrl, maxConnections: CONNECTIONS, applicationName: 'scenario-push watch' });
  const db = connect(own);
  const examine = examiner({ worker, pool: own, connection });
  health?.attach(worker, examine);
  const gauges = metrics ? watchState({ examine, pool, db, metrics, log }) : null;
  return {
    stop: async () => {
      await gauges?.stop();
      await db.destroy();
    },
  };
}
