import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chapter, device, mentor } from '../support/factories.ts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { startWorkerUnderTest, type WorkerUnderTest } from '../support/worker-process.ts';

const asOf = new Date();
const TOKEN = 'very-secret-token';
let receiver: OtlpReceiver;
let worker: WorkerUnderTest;
let refused: string;
let tree: readonly ReceivedSpan[];

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  worker = await startWorkerUnderTest({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_BSP_SCHEDULE_DELAY: '200',
  });
  const chapterId = await chapter(worker.db);
  for (let i = 0; i < 3; i++) {
    const id = await mentor(worker.db, { chapterId, devices: [] });
    await device(worker.db, id, { token: `${TOKEN}-${i}` });
  }
  const id = await mentor(worker.db, { chapterId, devices: [] });
  refused = (await device(worker.db, id, { token: `${TOKEN}-refused` })).id;
  worker.emulator.script(`${TOKEN}-refused`, 'unregistered');
  await worker.command('sweep', '--wait', '--scenario', 'inactivity', '--as-of', asOf.toISOString());
  const isComplete = () => receiver.spans.some(({ name }) => name === 'RunWorkflow:scenarioSweep');
  for (const end = Date.now() + 20_000; !isComplete() && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 200));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const root = receiver.spans.find(({ name }) => name === 'StartWorkflow:scenarioSweep');
  tree = receiver.spans.filter(({ traceId }) => traceId === root?.traceId);
});
afterAll(async () => {
  await worker.stop();
  await receiver.stop();
});

const parentOf = (span: ReceivedSpan) => tree.find(({ spanId }) => spanId === span.parentSpanId);
function pathOf(span: ReceivedSpan): string[] {
  const parent = parentOf(span);
  return parent ? [...pathOf(parent), span.name] : [span.name];
}

test('one sweep is one tree, from the client that asked for it', () => {
  const roots = tree.filter((span) => !parentOf(span));
  expect(roots.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([['StartWorkflow:scenarioSweep', '']]);
  expect(new Set(tree.map(({ spanId }) => spanId)).size).toBe(tree.length);
});

test('a message is at its end, below client, sweep, batch and dispatch', () => {
  const sends = tree.filter(({ name }) => name === 'fcm send');
  expect(sends).toHaveLength(4);
  for (const send of sends) {
    expect(pathOf(send)).toEqual([
      'StartWorkflow:scenarioSweep',
      'RunWorkflow:scenarioSweep',
      'StartChildWorkflow:scenarioBatch',
      'RunWorkflow:scenarioBatch',
      'StartActivity:dispatchBatch',
      'RunActivity:dispatchBatch',
      'fcm send',
    ]);
  }
});

test('a message’s span has notification, device and outcome', () => {
  const outcomes = tree.filter(({ name }) => name === 'fcm send').map(({ attributes }) => attributes);
  for (const attributes of outcomes) expect(attributes['scenario_push.notification_id']).toMatch(/^[0-9a-f]{64}$/);
  expect(outcomes.filter((attributes) => attributes['scenario_push.outcome'] === 'accepted')).toHaveLength(3);
  expect(outcomes.filter((attributes) => attributes['scenario_push.outcome'] === 'rejected')).toMatchObject([
    { 'scenario_push.device_id': refused, 'scenario_push.code': 'messaging/registration-token-not-registered' },
  ]);
});

test('statements are named after their files and lie below the activity that asked for them', () => {
  const statements = tree.filter(({ name }) => name.startsWith('sql '));
  const below = (activity: string) =>
    statements.filter((span) => pathOf(span).at(-2) === `RunActivity:${activity}`).map(({ name }) => name.slice(4));
  expect(below('planSweep')).toEqual(expect.arrayContaining(['count-mentors', 'start-run']));
  expect(below('evaluateBatch')).toEqual(
    expect.arrayContaining(['start', 'open-batch', 'claim-candidates inactivity', 'commit']),
  );
  expect(below('dispatchBatch')).toEqual(expect.arrayContaining(['begin-attempts', 'learn-outcomes', 'settle-claims']));
  expect(below('countSweep')).toContain('count-run');
});

test('no span says a token or a text', async () => {
  const [sent] = await worker.emulator.ledger();
  expect(JSON.stringify(sent)).toContain(TOKEN);
  const text = receiver.spans.map((span) => span.text).join('\n');
  expect(text).toContain(refused);
  expect(text).not.toContain(TOKEN);
  for (const words of [sent!.title!, sent!.body!]) expect([words, text.includes(words)]).toEqual([words, false]);
});
