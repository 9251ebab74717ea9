import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readConfig } from '../../worker/config.ts';
import { parseExposition } from '../support/exposition.ts';
import { startWorkerUnderTest, type WorkerUnderTest } from '../support/worker-process.ts';

let worker: WorkerUnderTest;

beforeAll(async () => {
  worker = await startWorkerUnderTest();
});
afterAll(() => worker.stop());

async function ask(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(worker.healthUrl + path);
  return { status: response.status, body: response.ok || response.status === 503 ? await response.json() : null };
}

/** Connections need a moment to be noticed as gone, or to be made again. */
async function readyWhen(isSo: (answer: { status: number; body: unknown }) => boolean) {
  for (const end = Date.now() + 40_000; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const answer = await ask('/readyz');
    if (isSo(answer) || Date.now() > end) return answer;
  }
}

/** Waits for the gauge as well, which is set every quarter of a minute; null while it was never set. */
async function upWhen(part: string, wanted: 0 | 1): Promise<number | null> {
  for (const end = Date.now() + 40_000; ; await new Promise((resolve) => setTimeout(resolve, 500))) {
    const { samples } = parseExposition(await (await fetch(worker.metricsUrl)).text());
    const value =
      samples.find(({ name, labels }) => name === 'scenario_push_up' && labels['part'] === part)?.value ?? null;
    if (value === wanted || Date.now() > end) return value;
  }
}

test('a worker that polls, with database and Temporal there, is alive and ready', async () => {
  expect(await readyWhen(({ status }) => status === 200)).toEqual({
    status: 200,
    body: { worker: true, database: true, temporal: true },
  });
  expect(await ask('/healthz')).toEqual({ status: 200, body: { worker: 'RUNNING' } });
  expect((await ask('/')).status).toBe(404);
});

test.each(['postgres', 'temporal'] as const)(
  'without %s it is not ready and says so, stays alive, and is ready again by itself',
  async (server) => {
    const part = server === 'postgres' ? 'database' : 'temporal';
    expect(await upWhen(part, 1)).toBe(1);
    worker.proxies[server].takeAway();
    const without = await readyWhen(({ status }) => status === 503);
    expect(without).toMatchObject({ status: 503, body: { [part]: false } });
    expect((await ask('/healthz')).status).toBe(200);
    expect(await upWhen(part, 0)).toBe(0);
    worker.proxies[server].bringBack();
    expect(await readyWhen(({ status }) => status === 200)).toMatchObject({ status: 200 });
  },
);

test.each(['METRICS_ADDRESS', 'HEALTH_ADDRESS'])(
  'a worker whose %s is taken ends with a code that names the variable',
  async (variable) => {
    const taken = new URL(worker.healthUrl).host;
    const error = await new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        ['cli/main.ts', 'worker'],
        { env: { ...worker.env, [variable]: taken }, timeout: 40_000 },
        (_, __, stderr) => resolve(stderr),
      );
    });
    expect(error).toMatch(new RegExp(`E_LISTEN: ${variable}: cannot listen on ${taken}`));
  },
);

test.each(['localhost:9464', '9464', '127.0.0.1', '127.0.0.1:70000', '::1:80'])(
  '%s is no address to listen on',
  (address) => {
    expect(() => readConfig({ ...worker.env, METRICS_ADDRESS: address, HEALTH_ADDRESS: address })).toThrow(
      /E_CONFIG[^]*METRICS_ADDRESS: expected ip:port[^]*HEALTH_ADDRESS: expected ip:port/,
    );
  },
);

test.each(['0.0.0.0:9464', '127.0.0.1:65535', '[::1]:80'])('%s is one', (address) => {
  expect(readConfig({ ...worker.env, METRICS_ADDRESS: address, HEALTH_ADDRESS: address })).toMatchObject({
    metricsAddress: address,
    healthAddress: address,
  });
});

test('without either variable a worker serves neither', () => {
  expect(readConfig(worker.env)).toMatchObject({ metricsAddress: undefined, healthAddress: undefined });
});
