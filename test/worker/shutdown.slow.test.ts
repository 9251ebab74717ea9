import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSweep, type SweepHandle } from '../../client/sweeps.ts';
import type { FcmEmulator } from '../../local/fcm-emulator/emulator.ts';
import { chapter, mentor } from '../support/factories.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startEmulator } from '../support/emulator.ts';
import { mustClose } from '../support/leaks.ts';
import { temporalOfOneFile } from '../support/temporal-namespace.ts';

const MENTORS = 150;
const LATENCY_MS = 100;
let temporal: Awaited<ReturnType<typeof temporalOfOneFile>>;
let database: TestDatabase;
let emulator: FcmEmulator;
let handle: SweepHandle;
const children: ChildProcess[] = [];
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  temporal = await temporalOfOneFile();
});
afterAll(() => temporal.close());

/** A sweep that has sent some of its messages and not all: fifty a second, from the worker that is returned. */
async function midDispatch(grace: number, latencyMs = LATENCY_MS): Promise<Worker> {
  [database, emulator] = await Promise.all([createDatabase(), startEmulator({ latencyMs })]);
  stops.push(emulator.stop, database.drop);
  const chapterId = await chapter(database.db);
  for (let i = 0; i < MENTORS; i++) await mentor(database.db, { chapterId });
  const worker = await startWorker({ WORKER_GRACE_SECONDS: String(grace) });
  handle = await startSweep(temporal.client, {
    scenarioTypes: ['inactivity'],
    asOf: new Date().toISOString(),
    brake: false,
  });
  // Eight are in flight at once while nothing is answered.
  await until(async () => (await posts()) > 5);
  expect(await posts()).toBeLessThan(MENTORS);
  return worker;
}

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = exitOf(child);
    child.kill('SIGKILL');
    await exited;
  }
  for (const stop of stops.splice(0)) await stop();
});

const posts = async () => (await emulator.ledger()).length;
const attempts = async () => {
  const rows = await database.db
    .selectFrom('delivery_attempts')
    .select((eb) => ['outcome', eb.fn.countAll<string>().as('n')])
    .groupBy('outcome')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.outcome, Number(row.n)]));
};
const records = async () => {
  const rows = await database.db.selectFrom('scenario_notifications').select('idempotency_key').execute();
  return rows.map((row) => row.idempotency_key).sort();
};
const notified = async () => (await emulator.ledger()).map((post) => post.notification_id!).sort();

describe('a worker that is told to stop while it sends', () => {
  test('within its grace finishes what it has begun, and ends with code 0', async () => {
    const worker = await midDispatch(60);
    expect(await worker.stop('SIGTERM')).toBe(0);
    expect(await attempts()).toEqual({ accepted: MENTORS });
    expect(await records()).toEqual(await notified());
  });

  test('without grace starts no further request, records every answer and leaves nothing unknown; the next worker sends the rest', async () => {
    const worker = await midDispatch(0);
    expect(await worker.stop('SIGTERM')).toBe(0);
    const sent = await posts();
    expect(sent).toBeLessThan(MENTORS);
    expect((await attempts())['accepted']).toBe(sent);
    expect(await records()).toEqual(await notified());
    expect(Object.keys(await attempts()).filter((outcome) => !['accepted', 'rejected'].includes(outcome))).toEqual([]);

    const next = await startWorker({});
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({ sent: MENTORS, unknown: 0, failed: 0 });
    expect(await posts()).toBe(MENTORS);
    expect(new Set(await notified()).size).toBe(MENTORS);
    await next.stop('SIGTERM');
  });

  test('twice ends at once, without the answers that it waits for', async () => {
    const worker = await midDispatch(60, 60_000);
    worker.child.kill('SIGTERM');
    await sleep(600);
    expect(await worker.stop('SIGINT')).toBe(130);
    expect(Object.keys(await attempts())).toEqual(['null']);
  });

  test('and cannot write what it learned ends after its last time with code 1, and says what becomes of it', async () => {
    const worker = await midDispatch(0);
    const lock = await database.pool.connect();
    await lock.query('begin; lock table delivery_attempts in access exclusive mode');
    const code = await worker.stop('SIGTERM').finally(() => lock.release(true));
    expect(code).toBe(1);
    expect(worker.output()).toMatch(/E_STOPPED_HARD: 0 s of grace and 23 s .* another worker takes the batch over/);
  });
});

describe('a worker that cannot start', () => {
  test('says everything that is in its way at once, and ends with code 1', async () => {
    const { code, output } = await refused({
      DATABASE_URL: 'postgres://127.0.0.1:1/nowhere',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      FIREBASE_MESSAGING_EMULATOR_HOST: 'no port',
      LOG_LEVEL: 'loud',
    });
    expect(code).toBe(1);
    expect(output).toMatch(/^E_NOT_READY: the worker cannot start:\n/);
    for (const fault of [
      /LOG_LEVEL: /,
      /FIREBASE_MESSAGING_EMULATOR_HOST: expected host:port/,
      /ECONNREFUSED 127\.0\.0\.1:1\b/,
      /E_TEMPORAL: .*127\.0\.0\.1:1/,
    ]) {
      expect(output).toMatch(fault);
    }
  });

  test('says one thing alone as it is', async () => {
    const empty = await createDatabase({ migrated: false });
    const { output } = await refused({
      DATABASE_URL: empty.url,
      TEMPORAL_ADDRESS: temporal.address,
      FIREBASE_MESSAGING_EMULATOR_HOST: '127.0.0.1:9099',
    });
    await empty.drop();
    expect(output).toMatch(/^E_SCHEMA_BEHIND/);
  });
});

interface Worker {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves with the exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

async function startWorker(env: NodeJS.ProcessEnv): Promise<Worker> {
  const { child, output } = launch({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    FIREBASE_MESSAGING_EMULATOR_HOST: emulator.address,
    FCM_MESSAGES_PER_SECOND: '50',
    ...env,
  });
  await until(async () => output().includes('"worker is ready"') || child.exitCode !== null);
  if (child.exitCode !== null) throw new Error(output());
  return {
    child,
    output,
    stop: async (signal) => {
      const exited = exitOf(child);
      child.kill(signal);
      return exited;
    },
  };
}

async function refused(env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> {
  const { child, output } = launch(env);
  return { code: await exitOf(child), output: output() };
}

function launch(env: NodeJS.ProcessEnv): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, ['cli/main.ts', 'worker'], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.once('exit', mustClose('worker process'));
  children.push(child);
  let output = '';
  child.stderr!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', (code) => resolve(code)));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('did not come about within a minute');
}
