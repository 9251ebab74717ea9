import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TASK_QUEUE } from '../../client/task-queue.ts';
import { processesMentioning } from '../../local/processes.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';
import { mustClose } from '../support/leaks.ts';
import { startWorker } from '../support/temporal.ts';
import { temporalOfOneFile } from '../support/temporal-namespace.ts';

const SOURCES =
  'activities answers cli client console db domain local migrations push worker workflows package.json tsconfig.json'.split(
    ' ',
  );
jest.setTimeout(240_000);

/** A copy of the project, so that the `.local` of a start is nobody else's. */
let project: TestFolder;
let temporal: Awaited<ReturnType<typeof temporalOfOneFile>>;

beforeAll(async () => {
  project = createFolder();
  for (const name of SOURCES) cpSync(name, join(project.path, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(project.path, 'node_modules'));
  temporal = await temporalOfOneFile();
});
afterAll(async () => {
  await temporal.close();
  project.remove();
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

function start(args: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...more };
  const closed = mustClose(`npm start ${args.join(' ')}`);
  const child = spawn(process.execPath, ['local/main.ts', ...args], { cwd: project.path, env });
  child.once('exit', closed);
  return child;
}

async function startOnce(more: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
  const child = start(['--once', '--json', ...args], more);
  let [out, error] = ['', ''];
  child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (error += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, error };
}

/** Servers and workers of starts in this copy. */
function leftBehind(): number {
  return processesMentioning(project.path).length;
}

const namedTemporal = () => ({ TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace });

describe('beside a named database', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase({ migrated: false });
  });
  afterAll(() => database.drop());

  test('and a named Temporal server: an empty one is migrated and swept, gets no sample data, and is not said to start', async () => {
    const { code, out, error } = await startOnce({ DATABASE_URL: database.url, ...namedTemporal() });
    expect(error).toMatch(/Using database "test_\w+"/);
    expect(error).toContain(`Using the Temporal server at ${temporal.address}, namespace ${temporal.namespace}`);
    expect(error).toContain('Starting an FCM emulator …');
    expect(error).not.toContain('PostgreSQL');
    expect(error).not.toContain('Sample data');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ scenarios: { inactivity: { mentors_evaluated: 0 } } });
    expect(readFileSync(join(project.path, '.local', 'env'), 'utf8')).not.toContain('DATABASE_URL');
  });

  test('that has users: nothing is started, migrated or scheduled', async () => {
    const used = await createDatabase({ migrated: false });
    try {
      await used.pool.query('create table users (id uuid primary key); insert into users values (gen_random_uuid())');
      const { code, out, error } = await startOnce({ DATABASE_URL: used.url });
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(error).toMatch(/^E_DATABASE_IN_USE: /);
      const { rows } = await used.pool.query(`select from pg_namespace where nspname = 'scenario_push'`);
      expect(rows).toEqual([]);
    } finally {
      await used.drop();
    }
  });
});

test('beside a named Temporal server whose workers serve another database nothing is started', async () => {
  const { namespace } = temporal;
  const worker = await startWorker({ activities: {}, taskQueue: TASK_QUEUE, namespace });
  try {
    // The server hears of a worker with its first request for work.
    const until = Date.now() + 60_000;
    let ended = await startOnce(namedTemporal());
    while (ended.code === 0 && Date.now() < until) ended = await startOnce(namedTemporal());
    expect(ended.error).toMatch(/^E_TASK_QUEUE_IN_USE: .*serve namespace/);
    expect(ended.code).toBe(1);
  } finally {
    await worker.stop();
  }
});

test('with the variables of another Temporal server but its address, the one that is started is used as it is', async () => {
  const { code, error } = await startOnce({
    TEMPORAL_NAMESPACE: 'production.abc12',
    TEMPORAL_API_KEY: 'a-key',
    WORKER_DEPLOYMENT_NAME: 'scenario-push',
    WORKER_BUILD_ID: 'abc',
  });
  expect(error).toContain('Starting PostgreSQL, a Temporal server and an FCM emulator …');
  expect(error).toContain('Sample data: 3000 mentors');
  expect(code).toBe(0);
  expect(leftBehind()).toBe(0);
});

describe('with output that goes through a pipe', () => {
  test('nothing is left behind when its reader ends', async () => {
    const child = start([]);
    child.stdout!.resume();
    await new Promise<void>((done) => {
      let error = '';
      child.stderr!.on('data', (chunk: Buffer) => {
        error += chunk.toString();
        if (error.includes('The worker is ready.')) done();
      });
    });
    expect(leftBehind()).toBeGreaterThan(2);
    child.stdout!.destroy();
    child.stderr!.destroy();
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    await sleep(100);
    expect(leftBehind()).toBe(0);
  });
});
