import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createPool, connect } from '../db/connect.ts';
import { migrateUp } from '../db/migrate.ts';
import { MINUTE, SECOND } from '../domain/durations.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { localFolder } from '../local/folders.ts';
import { Supervisor } from '../local/supervisor.ts';
import { makeWorkerLogin } from '../local/worker-login.ts';
import { compareRecords, type Agreement } from './compare-records.ts';
import { loadAudience } from './load-audience.ts';
import { startStack } from './stack.ts';
import { sweepOnce, type SweepMeasurement } from './sweep-once.ts';

export interface MeasureOptions {
  readonly mentors: number;
  readonly seed: number;
  readonly scenario: readonly ScenarioType[];
  readonly workers: number;
  readonly due: number;
  readonly keep: boolean;
  readonly log: (line: string) => void;
}

export interface Measurement {
  readonly mentors: number;
  readonly seed: number;
  readonly workers: number;
  readonly due_percent: number;
  readonly scenario_types: readonly ScenarioType[];
  readonly as_of: string;
  /** Milliseconds; migration not included. */
  readonly load_ms: number;
  readonly database_mb: number;
  /** The first sweep after the load, and one of an instant a minute later, when those who were due have been told. */
  readonly first: SweepMeasurement;
  readonly second: SweepMeasurement;
  readonly agreement: Agreement;
  /** Of each worker process over both sweeps; null where /proc does not tell. */
  readonly worker_peak_rss_mb: readonly (number | null)[];
}

/** Two sweeps over one audience, on servers that are started for it and stopped after it. */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { mentors, log } = options;
  const home = join(localFolder(), 'bench');
  const supervisor = await Supervisor.begin({ folder: home, log });
  const folder = join(home, `run-${process.pid}-${mentors}`);
  let keep = options.keep;
  try {
    for (const each of [home, folder]) {
      mkdirSync(each, { recursive: true });
      chmodSync(each, 0o755); // root's PostgreSQL runs as somebody else, who has to pass through
    }
    return await measureWith(supervisor, folder, options);
  } catch (error) {
    keep ||= !supervisor.signal.aborted; // for whoever wants to know why
    throw error;
  } finally {
    await supervisor.stop();
    if (keep) log(`Kept: ${folder}`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function measureWith(supervisor: Supervisor, folder: string, options: MeasureOptions): Promise<Measurement> {
  const { mentors, seed, scenario, workers, due, log } = options;
  // A sweep of the future is refused: early enough for the second one, a minute later, to lie in the past as well.
  const asOf = new Date(Math.floor((Date.now() - 2 * MINUTE) / SECOND) * SECOND);
  const stack = await startStack(supervisor, folder);
  const pool = createPool({ url: stack.databaseUrl, maxConnections: 4, applicationName: 'scenario-push bench' });
  const db = connect(pool);
  try {
    await migrateUp(db);
    await makeWorkerLogin(pool);
    log(`Loading ${mentors} mentors …`);
    const loading = performance.now();
    await loadAudience(pool, { mentors, seed, asOf, duePercent: due });
    const load_ms = Math.round(performance.now() - loading);
    const { rows } = await pool.query<{ mb: number }>('select (pg_database_size(current_database()) / 1000000)::int as mb');
    log(`Loaded in ${(load_ms / SECOND).toFixed(1)} s. Starting ${workers} worker${workers === 1 ? '' : 's'} …`);

    const processes = await stack.startWorkers(workers);
    const sweep = async (at: Date) => {
      log(`Sweeping as of ${at.toISOString()} …`);
      const measured = await sweepOnce({ temporalAddress: stack.temporalAddress, asOf: at, scenarioTypes: scenario, mentors, signal: supervisor.signal });
      log(`Swept in ${(measured.wall_ms / SECOND).toFixed(1)} s, ${measured.sent} sent.`);
      return measured;
    };
    const first = await sweep(asOf);
    const second = await sweep(new Date(asOf.getTime() + MINUTE));
    return {
      mentors, seed, workers, due_percent: due, scenario_types: scenario, as_of: asOf.toISOString(), load_ms, database_mb: rows[0]!.mb, first, second,
      agreement: await compareRecords(pool, { ledgerFile: stack.ledgerFile, since: asOf, sent: first.sent + second.sent }),
      worker_peak_rss_mb: processes.map((worker) => worker.peakRssMb()),
    };
  } finally {
    await db.destroy();
  }
}
