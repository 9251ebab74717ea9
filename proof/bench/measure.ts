import { join } from 'node:path';
import type pg from 'pg';
import { connect, createPool } from '../../db/connect.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { MINUTE, SECOND } from '../../domain/durations.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { localFolder } from '../../local/folders.ts';
import { choosePort } from '../../local/ports.ts';
import { asWorker } from '../../local/logins.ts';
import { PROOF_PROJECT } from '../support/servers.ts';
import { audienceTemplate, restore, type AudienceTemplate } from './audience-template.ts';
import { compareRecords } from './compare-records.ts';
import { bareSend, countRequests, endRamp, secondsInFlight } from './compare-sending.ts';
import { batchesOf, measureFloor, type SweptBatch } from './floor.ts';
import type { FloorOfAudience, Measurement, Rate, SendingOfAudience, Subject, SweepOfAudience } from './measurement.ts';
import { ratiosTo } from './phases.ts';
import { peakRssMb } from './process-usage.ts';
import { findPsql } from './psql-session.ts';
import { inRun } from './run-folder.ts';
import { startStack, type Stack } from './stack.ts';
import { forgetStatementTimes, readStatementTimes, statementNames } from './statement-times.ts';
import { sweepOnce, type SweepMeasurement } from './sweep-once.ts';

export const PARTS = ['cold', 'warm', 'floor', 'sending'] as const;
export type Part = (typeof PARTS)[number];

export interface MeasureOptions {
  readonly mentors: number;
  readonly seed: number;
  readonly scenario: readonly ScenarioType[];
  /** Worker processes; more than one number: a warm sweep with each of the others. */
  readonly workers: readonly number[];
  readonly due: number;
  /** Floor and sending need a warm sweep to compare with: it is run also where it is not named. */
  readonly parts: ReadonlySet<Part>;
  readonly fresh: boolean;
  readonly keep: boolean;
  readonly log: (line: string) => void;
}

/** Measures one audience, each part on servers and a copy of the data of its own. */
export async function* measure(options: MeasureOptions): AsyncGenerator<Measurement> {
  const { mentors, seed, due, parts, workers, log, fresh } = options;
  const home = join(localFolder(), 'bench');
  // A sweep of the future is refused: early enough for the second one, a minute later, to lie in the past as well.
  const asOf = new Date(Math.floor((Date.now() - 2 * MINUTE) / SECOND) * SECOND);
  const template = await audienceTemplate({ mentors, seed, duePercent: due, asOf }, { home, fresh, log });
  const bench: Bench = {
    ...options,
    home,
    template,
    asOf,
    subject: { mentors, due_percent: due, seed, scenario_types: options.scenario, as_of: asOf.toISOString() },
  };
  const [first = 1, ...others] = workers;

  if (parts.has('cold')) yield (await sweepAudience(bench, 'cold', first)).measured;
  if (parts.has('warm') || parts.has('floor') || parts.has('sending')) {
    const warm = await sweepAudience(bench, 'warm', first);
    yield warm.measured;
    if (parts.has('floor')) yield await floorOfAudience(bench, warm);
    if (parts.has('sending'))
      for (const latencyMs of [0, 50]) yield await sendingOfAudience(bench, warm, { workers: first, latencyMs });
  }
  for (const count of others) yield (await sweepAudience(bench, 'warm', count)).measured;
}

interface Bench extends MeasureOptions {
  readonly home: string;
  readonly template: AudienceTemplate;
  readonly asOf: Date;
  readonly subject: Subject;
}

interface Swept {
  readonly measured: SweepOfAudience;
  readonly batches: readonly SweptBatch[];
  /** That the push service got in the first sweep. */
  readonly requests: number;
}

interface Running {
  readonly stack: Stack;
  readonly pool: pg.Pool;
  readonly repository: ScenarioRepository;
  /** One number a process. */
  startWorkers(count: number): Promise<number[]>;
  sweep(at: Date): Promise<SweepMeasurement>;
}

/** Everything running on a fresh copy of the audience, but for workers. */
async function onCopy<T>(
  bench: Bench,
  name: string,
  work: (running: Running) => Promise<T>,
  stackOptions: Parameters<typeof startStack>[2] = {},
): Promise<T> {
  const { home, log, keep, template, mentors, scenario } = bench;
  return inRun({ home, name: `${mentors}-${name}`, log, keep }, async (supervisor, folder) => {
    await restore(template, join(folder, 'postgres'));
    const stack = await startStack(supervisor, folder, stackOptions);
    const pool = createPool({ url: stack.databaseUrl, maxConnections: 4, applicationName: 'scenario-push bench' });
    const db = connect(pool);
    try {
      const names = await statementNames(pool);
      const pids: Record<string, number> = { ...stack.pids };
      return await work({
        stack,
        pool,
        repository: new ScenarioRepository(db),
        async startWorkers(count) {
          const workers = await stack.startWorkers(count);
          for (const [n, pid] of workers.entries()) pids[`worker ${n + 1}`] = pid;
          return workers;
        },
        async sweep(at) {
          const measured = await sweepOnce({
            temporalAddress: stack.temporalAddress,
            asOf: at,
            scenarioTypes: scenario,
            mentors,
            signal: supervisor.signal,
            pids,
            statementClock: { forget: () => forgetStatementTimes(pool), read: () => readStatementTimes(pool, names) },
          });
          log(`${name}: swept in ${(measured.wall_ms / SECOND).toFixed(2)} s, ${measured.sent} sent.`);
          return measured;
        },
      });
    } finally {
      await db.destroy();
    }
  });
}

async function sweepAudience(bench: Bench, start: 'cold' | 'warm', workers: number): Promise<Swept> {
  const { asOf, subject, template } = bench;
  return onCopy(bench, `${start}-${workers}`, async ({ stack, pool, repository, startWorkers, sweep }) => {
    const pids = await startWorkers(workers);
    if (start === 'warm') await readEverything(bench, repository);
    const { rows } = await pool.query<{ mb: number }>(
      'select (pg_database_size(current_database()) / 1000000)::int as mb',
    );
    const first = await sweep(asOf);
    const [batches, requests] = [await batchesOf(pool, asOf), await countRequests(stack.ledgerFile)];
    const second = await sweep(new Date(asOf.getTime() + MINUTE));
    const agreement = await compareRecords(pool, {
      ledgerFile: stack.ledgerFile,
      since: asOf,
      sent: first.sent + second.sent,
    });
    return {
      batches,
      requests,
      measured: {
        kind: 'sweep',
        start,
        workers,
        ...subject,
        load_ms: template.load_ms,
        database_mb: rows[0]!.mb,
        sweep: first,
        next_minute: second,
        agreement,
        worker_peak_rss_mb: pids.map(peakRssMb),
      },
    };
  });
}

/** All that an evaluation reads is then in memory, as far as it fits. */
async function readEverything({ scenario, asOf }: Bench, repository: ScenarioRepository): Promise<void> {
  for (const scenarioType of scenario) {
    for await (const _ of repository.previewCandidates({ scenarioType, asOf, range: rangeOf(0, 1) }));
  }
}

async function floorOfAudience(bench: Bench, { measured, batches }: Swept): Promise<FloorOfAudience> {
  const { subject, log } = bench;
  const psql = findPsql(process.env);
  if (!psql) {
    log('No floor: there is no psql, neither in PGBIN nor in PATH.');
    return { kind: 'floor', ...subject, floor: null, ratios: null, agrees: true };
  }
  const floor = await onCopy(bench, 'floor', async ({ stack, pool, repository }) => {
    await readEverything(bench, repository);
    return measureFloor(pool, {
      psql,
      databaseUrl: asWorker(stack.databaseUrl),
      postgresPid: stack.pids.postgres,
      batches,
      sessions: BATCHES_IN_FLIGHT,
    });
  });
  log(`floor: ${(floor.wall_ms / SECOND).toFixed(2)} s, ${floor.recorded} recorded.`);
  const agrees = floor.claimed === measured.sweep.claimed && floor.recorded === floor.claimed;
  return { kind: 'floor', ...subject, floor, ratios: ratiosTo(floor, measured.sweep), agrees };
}

/** Of a sweep, unless it is told otherwise. */
const BATCHES_IN_FLIGHT = 4;

async function sendingOfAudience(
  bench: Bench,
  { measured, batches, requests }: Swept,
  { workers, latencyMs }: { workers: number; latencyMs: number },
): Promise<SendingOfAudience> {
  const { subject, log } = bench;
  const metricsAddress = `127.0.0.1:${(await choosePort()).port}`;
  const send = async ({ stack, pool, repository, startWorkers, sweep }: Running): Promise<SendingOfAudience> => {
    await startWorkers(workers);
    const now = new Date();
    // The sweep finds its batches evaluated and begins to dispatch at once.
    for (const { batch_key: batchKey, plan_key: planKey, scenario_type: scenarioType, as_of: asOf, range } of batches) {
      await repository.evaluateAndClaim({
        batchKey,
        planKey,
        scenarioType,
        asOf,
        range,
        now,
        workflowId: batchKey,
        runId: '',
        lateness: 'report',
      });
    }
    await endRamp(pool, PROOF_PROJECT);
    const swept = await sweep(bench.asOf);
    const alone = rate(await countRequests(stack.ledgerFile), swept);
    const inFlight = Math.max(1, Math.round(((await secondsInFlight(metricsAddress)) * SECOND) / alone.ms));
    const bare = await bareSend(stack.emulatorAddress, { messages: alone.messages, inFlight });
    log(`sending: ${alone.per_second} messages a second of ${bare.per_second}, ${inFlight} in flight.`);
    const postgresMs = Object.values(swept.statement_phases).reduce((sum, ms) => sum + ms, 0);
    return {
      kind: 'sending',
      ...subject,
      workers,
      latency_ms: latencyMs,
      bare,
      in_sweep: latencyMs === 0 ? rate(requests, measured.sweep) : null,
      alone: {
        ...alone,
        in_flight: inFlight,
        postgres_ms_per_message: Math.round((postgresMs / alone.messages) * 100) / 100,
        cpu_seconds: swept.cpu_seconds,
      },
      ratio: Math.round((alone.per_second / bare.per_second) * 100) / 100,
    };
  };
  // Metrics are one process's: with more workers only the first one's would be read.
  return onCopy(bench, `sending-${latencyMs}`, send, { latencyMs, metricsAddress });
}

function rate(messages: number, { activities }: SweepMeasurement): Rate {
  const ms = activities.by_type['dispatchBatch']?.wall_ms ?? 0;
  return { messages, ms, per_second: ms > 0 ? Math.round((messages * SECOND) / ms) : 0 };
}
