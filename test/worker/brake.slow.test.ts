import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { Part } from '../../local/supervisor.ts';
import { startWorkerProcess } from '../../local/worker-process.ts';
import { chapter, mentor } from '../support/factories.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';
import { parseExposition, total } from '../support/exposition.ts';
import { startWorkerUnderTest, type WorkerUnderTest } from '../support/worker-process.ts';

const MENTORS = 150;
let worker: WorkerUnderTest;
let second: Part | null = null;
let folder: TestFolder;

beforeAll(async () => {
  folder = createFolder();
  worker = await startWorkerUnderTest();
  const chapterId = await chapter(worker.db);
  for (let i = 0; i < MENTORS; i++) await mentor(worker.db, { chapterId });
});
afterAll(async () => {
  await second?.stop();
  await worker.stop();
  folder.remove();
});

/** `sweep --wait --json` of now, with what it has said so far. */
function sweepAndWait() {
  const child = spawn(process.execPath, ['cli/main.ts', 'sweep', '--scenario', 'inactivity', '--wait', '--json'], {
    env: worker.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', error: '' };
  child.stdout.on('data', (chunk) => (said.out += chunk));
  child.stderr.on('data', (chunk) => (said.error += chunk));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { said, code };
}

async function until(is: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 50_000; !(await is()); await sleep(200)) {
    if (Date.now() > end) throw new Error('it did not come to that');
  }
}

test('a braked sweep says so on standard error and in the gauge, outlives its worker, and is sent once by another', async () => {
  const { said, code } = sweepAndWait();
  await until(() => said.error.includes('is braked'));
  expect(said.error).toMatch(
    /inactivity is braked: about 150 instead of 15, a tenth of the mentors evaluated, .*; nothing of it has left\. "scenario-push sweep resume sweep-by-hand-.*" sends it, .* withdrawn on \d/,
  );
  const [progress] = await worker.command('sweep', 'progress');
  expect(progress).toMatchObject({
    state: 'braked',
    braked: { inactivity: { expected: MENTORS, usual: 15, sweeps: 0 } },
  });
  const [run] = await worker.command('runs');
  expect(run).toMatchObject({ state: 'braked', claimed: MENTORS, brake: { expected: MENTORS, usual: 15, sweeps: 0 } });
  await until(async () => {
    const metrics = parseExposition(await (await fetch(worker.metricsUrl)).text());
    return total(metrics, 'scenario_push_braked_notifications', { scenario_type: 'inactivity' }) === MENTORS;
  });

  process.kill(worker.pid, 'SIGKILL');
  second = await startWorkerProcess({ env: worker.env, logFile: join(folder.path, 'second.log'), onSpawn: () => {} });
  expect(await worker.emulator.ledger()).toHaveLength(0);
  await worker.command('sweep', 'resume');
  expect(await code).toBe(0);
  expect(JSON.parse(said.out)).toMatchObject({ scenarios: { inactivity: { claimed: MENTORS, sent: MENTORS } } });
  const tokens = (await worker.emulator.ledger()).map(({ token }) => token);
  expect([tokens.length, new Set(tokens).size]).toEqual([MENTORS, MENTORS]);
});
