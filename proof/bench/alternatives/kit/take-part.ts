import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type pg from 'pg';
import { createPool } from '../../../../db/connect.ts';
import { createFirebaseSender } from '../../../../push/firebase-sender.ts';
import type { PushSender } from '../../../../push/push-sender.ts';

export interface Surroundings {
  readonly databaseUrl: string;
  readonly asOf: Date;
  /** The service's own sender: at most 100 requests in flight, no retries of its own. */
  readonly push: PushSender;
  /** How many a job or a workflow is for. */
  readonly mentorsPerJob: number;
  /** Whether a process before this one was killed in the middle of the same sweep. */
  readonly isResumed: boolean;
  /** Dates are text, as everywhere in this project. Closed at the end. */
  createPool(maxConnections: number): pg.Pool;
}

export interface Part {
  /** The whole sweep: resolves when everything is sent and recorded. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What the benchmark expects of a process that takes part: it says `ready` when it is connected, sweeps when told `go`, says
 * `done`, and ends when its standard input does, in the middle of the sweep as well.
 */
export async function takePart(prepare: (surroundings: Surroundings) => Promise<Part>): Promise<void> {
  const {
    DATABASE_URL,
    FIREBASE_MESSAGING_EMULATOR_HOST,
    FIREBASE_PROJECT_ID,
    BENCH_AS_OF,
    BENCH_RESUMED,
    BENCH_MENTORS_PER_JOB,
  } = process.env;
  const push = createFirebaseSender({
    projectId: FIREBASE_PROJECT_ID!,
    emulatorHost: FIREBASE_MESSAGING_EMULATOR_HOST!,
  });
  const pools: pg.Pool[] = [];
  const part = await prepare({
    databaseUrl: DATABASE_URL!,
    asOf: new Date(BENCH_AS_OF!),
    push,
    mentorsPerJob: Number(BENCH_MENTORS_PER_JOB),
    isResumed: BENCH_RESUMED === 'true',
    createPool: (maxConnections) => {
      const pool = createPool({ url: DATABASE_URL!, maxConnections, applicationName: 'bench alternative' });
      pools.push(pool);
      return pool;
    },
  });
  const orders = createInterface({ input: process.stdin });
  const over = once(orders, 'close');
  const go = once(orders, 'line');
  let isSweeping = true;
  void over.then(() => {
    if (isSweeping) process.exit(1); // the benchmark is gone: nobody waits for the rest
  });
  say('ready');
  await go;
  await part.sweep();
  isSweeping = false;
  say('done');
  await over;
  await part.close();
  await push.close();
  await Promise.all(pools.map((pool) => pool.end()));
}

function say(word: string): void {
  process.stdout.write(`${word}\n`);
}
