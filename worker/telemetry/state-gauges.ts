import type { Kysely } from 'kysely';
import type pg from 'pg';
import type { Logger } from 'pino';
import { clockDifference } from '../../db/clock-difference.ts';
import { readDispatchState } from '../../db/dispatch-state.ts';
import type { Database } from '../../db/tables.ts';
import { SECOND } from '../../domain/durations.ts';
import type { Examine } from './examine.ts';
import type { Metrics } from './metrics.ts';

const PLATFORMS = ['android', 'ios', 'web'];

/** A quarter of the minute at which Prometheus scrapes unless told otherwise. */
const INTERVAL = 15 * SECOND;
/** A worker that has just been made does not ask for tasks yet. */
const FIRST_LOOK = SECOND;

/**
 * Keeps the gauges true: parts that work, connections, and what the database says of all workers' claims. While the
 * database is away its gauges keep their last value, and `scenario_push_up{part="database"}` is 0.
 */
export function watchState(
  {
    examine,
    pool,
    db,
    metrics,
    log,
  }: { examine: Examine; pool: pg.Pool; db: Kysely<Database>; metrics: Metrics; log: Logger },
  intervalMs = INTERVAL,
): { stop(): Promise<void> } {
  let looking: Promise<void> | null = null;
  const look = () => {
    looking ??= (async () => {
      const parts = await examine();
      for (const [part, works] of Object.entries(parts)) metrics.set('scenario_push_up', Number(works), { part });
      setPool(metrics, pool);
      if (parts.database) await Promise.all([setDispatchState(metrics, db), setClockDifference(metrics, db)]);
    })()
      // What cannot be shown must not end the worker.
      .catch((error: unknown) => log.warn({ err: error }, 'gauges not read'))
      .finally(() => {
        looking = null;
      });
  };
  const soon = setTimeout(look, FIRST_LOOK);
  const timer = setInterval(look, intervalMs);
  timer.unref();
  return {
    stop: async () => {
      clearTimeout(soon);
      clearInterval(timer);
      await looking;
    },
  };
}

function setPool(metrics: Metrics, { totalCount, idleCount, waitingCount }: pg.Pool): void {
  metrics.set('scenario_push_database_connections', totalCount, { state: 'total' });
  metrics.set('scenario_push_database_connections', idleCount, { state: 'idle' });
  metrics.set('scenario_push_database_connections', waitingCount, { state: 'waiting' });
}

async function setDispatchState(metrics: Metrics, db: Kysely<Database>): Promise<void> {
  const state = await readDispatchState(db, new Date()).catch(() => null);
  if (!state) return;
  metrics.set('scenario_push_oldest_unsettled_claim_seconds', state.oldest_unsettled_seconds, {});
  metrics.set('scenario_push_held_notifications', state.held, {});
  metrics.set('scenario_push_sending_halted', Number(state.is_halted), {});
  metrics.set('scenario_push_gate_closed', Number(state.is_gate_closed), {});
  for (const [scenario_type, expected] of Object.entries(state.braked)) {
    metrics.set('scenario_push_braked_notifications', expected, { scenario_type });
  }
  for (const [scenario_type, n] of Object.entries(state.deferred)) {
    metrics.set('scenario_push_deferred_notifications', n, { scenario_type });
  }
  for (const platform of PLATFORMS)
    metrics.set('scenario_push_platform_set_aside', Number(state.platforms_set_aside.includes(platform)), { platform });
  metrics.set('scenario_push_not_settled_notifications', state.not_settled, {});
  for (const [scenario_type, at] of Object.entries(state.last_sweeps)) {
    metrics.set('scenario_push_last_sweep_timestamp_seconds', at, { scenario_type });
  }
}

async function setClockDifference(metrics: Metrics, db: Kysely<Database>): Promise<void> {
  // Temporal's gauges refuse what is negative.
  const ms = await clockDifference(db).catch(() => null);
  if (ms !== null) metrics.set('scenario_push_clock_difference_seconds', Math.abs(ms) / SECOND, {});
}
