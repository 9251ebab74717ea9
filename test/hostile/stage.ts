import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { FcmEmulator, LedgerEntry } from '../../local/fcm-emulator/emulator.ts';
import { WORKER_LOGIN } from '../../local/logins.ts';
import { startWorkerProcess } from '../../local/worker-process.ts';
import { loadAudience } from '../../proof/chaos/audience.ts';
import { SETTINGS_VARIABLE, type WorkerSettings } from '../../proof/chaos/settings.ts';
import { evaluate, type Verdict } from '../../proof/evaluator/evaluate.ts';
import { loadAudience as readAudience } from '../../proof/evaluator/load-audience.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startEmulator } from '../support/emulator.ts';
import { createFolder } from '../support/folder.ts';
import { mustClose } from '../support/leaks.ts';
import { temporalOfOneFile } from '../support/temporal-namespace.ts';

const FIRST = ['../../proof/chaos/hooks.ts', './shifted-clock.ts'].map((file) => new URL(file, import.meta.url).href);

/** Short where a batch waits for what a device will never take; an answer has the service's own time. */
const TIMES: WorkerSettings['times'] = {
  unknownRetryDelaysMs: [300, 500, 1_000, 1_000],
  refusedRetryDelaysMs: [200, 500, 1_000],
  giveUpAfterMs: 5_000,
  firstPauseMs: 500,
  longestPauseMs: 3_000,
  quotaPauseMs: 1_000,
  handOverAfterMs: 4_000,
};

/** Worker processes, each in a Temporal namespace of its own, on one database with a seeded audience. */
export interface Stage {
  readonly database: TestDatabase;
  readonly emulator: FcmEmulator;
  readonly clients: readonly Client[];
  /** Who is to be told, by the independent evaluator, before anybody did harm. */
  readonly due: readonly Verdict[];
  /** Resolves when the push service has been asked so many times. */
  untilPosts(count: number): Promise<void>;
  /** The most memory, in MB, that a worker and a backend of theirs have held; null where no /proc says so. */
  memory(): Promise<{ worker: number; backend: number } | null>;
  stop(): Promise<void>;
}

export interface StageOptions {
  readonly seed: number;
  readonly asOf: Date;
  /** Milliseconds by which each worker's clock is ahead. @default one worker, whose clock is right */
  readonly clocksAhead?: readonly number[];
  /** @default 5 */
  readonly latencyMs?: number;
  /** Requests that a worker has in flight. @default 50 */
  readonly concurrency?: number;
}

export async function startStage(options: StageOptions): Promise<Stage> {
  const { seed, asOf, clocksAhead = [0], latencyMs = 5, concurrency = 50 } = options;
  const folder = createFolder();
  const [database, emulator] = await Promise.all([createDatabase(), startEmulator({ latencyMs })]);
  await loadAudience(database.pool, { seed, asOf, policy: 'resend' });
  await database.pool.query('update delivery_policies set send_until = send_from');
  const audience = await readAudience(database.pool);
  const settings: WorkerSettings = {
    folder: folder.path,
    times: TIMES,
    points: [],
    concurrency,
    latencyMs,
    sabotage: null,
  };
  writeFileSync(join(folder.path, 'settings.json'), JSON.stringify(settings));
  const workers = await Promise.all(
    clocksAhead.map(async (ahead, n) => {
      const temporal = await temporalOfOneFile();
      const closed = mustClose('worker process (call stop() of the stage)');
      const worker = await startWorkerProcess({
        env: {
          PATH: process.env['PATH'],
          DATABASE_URL: database.worker.url,
          TEMPORAL_ADDRESS: temporal.address,
          TEMPORAL_NAMESPACE: temporal.namespace,
          FIREBASE_MESSAGING_EMULATOR_HOST: emulator.address,
          NODE_OPTIONS: FIRST.map((file) => `--import=${file}`).join(' '),
          CLOCK_AHEAD_MS: String(ahead),
          [SETTINGS_VARIABLE]: join(folder.path, 'settings.json'),
        },
        logFile: join(folder.path, `worker-${n}.log`),
        onSpawn: () => {},
      });
      const stop = async () => {
        await worker.stop();
        closed();
        await temporal.close();
      };
      return { ...worker, temporal, stop };
    }),
  );
  return {
    database,
    emulator,
    clients: workers.map(({ temporal }) => temporal.client),
    due: SCENARIO_TYPES.flatMap((type) =>
      evaluate(audience, type, asOf).verdicts.filter(({ verdict }) => verdict === 'send'),
    ),
    untilPosts: async (count) => {
      while ((await emulator.ledger()).length < count) await sleep(20);
    },
    memory: async () => {
      if (process.platform !== 'linux') return null;
      const { rows } = await database.pool.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and usename = '${WORKER_LOGIN}'`,
      );
      const most = (pids: readonly number[]) => Math.max(0, ...pids.map(highest));
      return { worker: most(workers.map(({ pid }) => pid)), backend: most(rows.map(({ pid }) => pid)) };
    },
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await emulator.stop();
      await database.drop();
      folder.remove();
    },
  };
}

/** MB, shared buffers included. */
function highest(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes ?? 0) / 1_024);
}

/** What is wrong with what arrived: everyone who was due got each notification, and no device got it twice. */
export function notToldOnce(due: readonly Verdict[], ledger: readonly LedgerEntry[]): string[] {
  const delivered = Map.groupBy(
    ledger.filter((entry) => entry.delivered),
    (entry) => entry.notification_id,
  );
  return due.flatMap(({ user_id, scenario_type, idempotency_key }) => {
    const arrived = delivered.get(idempotency_key) ?? [];
    const again = arrived.length - new Set(arrived.map(({ token }) => token)).size;
    if (arrived.length > 0 && again === 0) return [];
    return [`${scenario_type} of ${user_id} was ${again > 0 ? `told again ${again} times` : 'not told'}`];
  });
}
