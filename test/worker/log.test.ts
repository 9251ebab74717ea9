import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chapter, device, mentor } from '../support/factories.ts';
import { startWorkerUnderTest, type WorkerUnderTest } from '../support/worker-process.ts';
import { createLog } from '../../worker/log.ts';

const TOKEN = 'very-secret-token';
const asOf = new Date();
let worker: WorkerUnderTest;
let dead: { mentor: string; device: string };
let lines: Record<string, unknown>[];

beforeAll(async () => {
  worker = await startWorkerUnderTest({ LOG_LEVEL: 'trace' });
  const chapterId = await chapter(worker.db);
  const tokens = ['unregistered', 'internal', 'fine'];
  for (const name of tokens) {
    const id = await mentor(worker.db, { chapterId, devices: [] });
    const { id: deviceId } = await device(worker.db, id, { token: `${TOKEN}-${name}` });
    if (name === 'unregistered') dead = { mentor: id, device: deviceId };
  }
  worker.emulator.script(`${TOKEN}-unregistered`, 'unregistered');
  worker.emulator.script(`${TOKEN}-internal`, 'unavailable_but_delivered');
  await worker.command('sweep', '--wait', '--scenario', 'inactivity', '--as-of', asOf.toISOString());
  lines = worker.log();
});
afterAll(() => worker.stop());

test('what a dispatch says of a push names notification, mentor, device, workflow and run', () => {
  const refusals = lines.filter(({ msg }) => msg === 'push was not accepted');
  expect(refusals).toHaveLength(2);
  for (const line of refusals) {
    expect(line).toMatchObject({
      notification: expect.stringMatching(/^[0-9a-f]{64}$/),
      workflow_id: expect.stringMatching(/^batch-inactivity-/),
      run_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      activity: 'dispatchBatch',
      activity_attempt: expect.any(Number),
      attempt: 1,
    });
  }
  const ofDead = refusals.find((line) => line['user_id'] === dead.mentor);
  expect(ofDead).toMatchObject({ device_id: dead.device, code: 'messaging/registration-token-not-registered' });
});

test('a token that was taken out is told by its device', () => {
  const line = lines.find(({ msg }) => msg === 'dead device tokens invalidated');
  expect(line).toMatchObject({
    tokens: 1,
    notifications: [{ device_id: dead.device, user_id: dead.mentor }],
    activity: 'dispatchBatch',
  });
});

test('no line holds a token, at the most talkative level either, and each is JSON', () => {
  expect(lines.length).toBeGreaterThan(5);
  expect(lines.filter((line) => JSON.stringify(line).includes(TOKEN))).toEqual([]);
});

test('an error of the database is logged without the values that it quotes', async () => {
  const written: string[] = [];
  const log = createLog('info', { write: (line) => void written.push(line) });
  const id = await mentor(worker.db, { devices: [] });
  const error: unknown = await device(worker.db, id, { token: `${TOKEN}-fine` }).catch((caught: unknown) => caught);
  expect(JSON.stringify(error)).toContain(TOKEN);
  log.error({ err: error }, 'failed');
  expect(JSON.parse(written[0]!)).toMatchObject({
    msg: 'failed',
    err: { code: '23505', message: expect.stringContaining('device_tokens_token_key') },
  });
  expect(written[0]).not.toContain(TOKEN);
});
