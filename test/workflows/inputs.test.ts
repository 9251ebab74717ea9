import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DAY, MINUTE } from '../../domain/durations.ts';
import { idempotencyKey } from '../../domain/idempotency-key.ts';
import { rangeOf, rangeOfMentor } from '../../domain/mentor-range.ts';
import { batchKey, planKey } from '../../domain/sweep.ts';
import { chapter, daysBefore, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let service: SweepService;
let someone = '';

beforeAll(async () => {
  service = await startSweepService(new Date(asOf.getTime() + 60 * MINUTE));
  const chapterId = await chapter(service.db);
  for (let i = 0; i < 6; i++) {
    someone = await mentor(service.db, { chapterId, activities: [daysBefore(asOf, 31)] });
  }
});
afterAll(() => service.stop());

const start = (type: string, args: unknown[], workflowId = `${type}-${randomUUID()}`) =>
  service.client.workflow.start(type, { workflowId, taskQueue: service.temporal.taskQueue, args });

/** The batch that a sweep of that minute, which nobody has started, is going to run first. */
function nextBatch(minute: number) {
  const at = new Date(asOf.getTime() + minute * MINUTE).toISOString();
  const plan = planKey(at, 1, { limit: null, sendLate: false });
  const batch = { planKey: plan, scenarioType: 'inactivity', asOf: at, range: rangeOf(0, 1) } as const;
  return { ...batch, batchKey: batchKey('inactivity', plan, 0) };
}

const notification = () => ({
  userId: someone,
  scenarioType: 'inactivity',
  asOf: asOf.toISOString(),
  idempotencyKey: 'a'.repeat(64),
});

describe('the input of a workflow', () => {
  const batch = nextBatch(1);
  test.each<[string, string, unknown]>([
    ['scenarioBatch', 'expected an object with batchKey, planKey, scenarioType', null],
    ['scenarioBatch', 'expected an object with batchKey', 'batch'],
    ['scenarioBatch', 'expected an object with batchKey', [batch]],
    ['scenarioBatch', 'batchKey: expected a text', {}],
    ['scenarioBatch', 'Did you mean "scenarioType"?', { ...batch, scenario_type: 'milestone' }],
    ['scenarioBatch', 'onlyKey: unknown', { ...batch, onlyKey: 'a'.repeat(64) }],
    [
      'scenarioBatch',
      'scenarioType: expected a scenario type such as inactivity, got 7',
      { ...batch, scenarioType: 7 },
    ],
    ['scenarioBatch', 'asOf: expected an ISO 8601 instant', { ...batch, asOf: '2026-02-30T00:00:00Z' }],
    ['scenarioBatch', 'lateness: expected report or send, got "ignore"', { ...batch, lateness: 'ignore' }],
    ['scenarioBatch', 'range: expected an object with from, to, got null', { ...batch, range: null }],
    ['scenarioBatch', 'range.from: expected a UUID', { ...batch, range: { from: 'a', to: null } }],
    [
      'scenarioBatch',
      'range: expected that of',
      { ...batch, range: { from: rangeOf(1, 2).from, to: rangeOf(0, 2).from } },
    ],
    ['scenarioBatch', 'range: expected that of', { ...batch, range: rangeOfMentor(rangeOf(1, 3).from) }],
    ['scenarioBatch', 'batchKey: expected the key of what the batch is', { ...batch, asOf: asOf.toISOString() }],
    ['scenarioBatch', 'batchKey: expected the key of what the batch is', { ...batch, batchKey: `${batch.batchKey}0` }],
    ['scenarioBatch', 'batchKey: expected the key of what the batch is', { ...batch, lateness: 'send' }],
    ['scenarioBatch', 'budget.allowance: expected a whole', { ...batch, budget: { sweepKey: 'x', allowance: 3e9 } }],
    ['scenarioBatch', 'batchKey: expected the key of what', { ...batch, budget: { sweepKey: 'x', allowance: 3 } }],
    ['scenarioBatch', 'budget: expected an object with sweepKey, allowance, got "all"', { ...batch, budget: 'all' }],
    ['notifyMentor', 'expected an object with userId', null],
    ['notifyMentor', 'userId: expected a UUID', {}],
    ['notifyMentor', 'userId: expected a UUID', { ...notification(), userId: 'everybody' }],
    ['notifyMentor', 'idempotencyKey: expected', { ...notification(), userId: rangeOf(0, 1).from, idempotencyKey: '' }],
    ['notifyMentor', 'Did you mean "asOf"?', { ...notification(), userId: rangeOf(0, 1).from, asof: 1 }],
    ['settleBatch', 'batchKey: expected the key of a batch', null],
    ['settleBatch', 'batchKey: expected the key of a batch', { batchKey: 'x' }],
    ['settleBatch', 'batchKey: expected the key of a batch', ''],
    ['settleBatch', 'batchKey: expected the key of a batch', 'x'.repeat(100_000)],
    ['settleStrandedClaims', 'expected an object', null],
    ['settleStrandedClaims', 'limit: unknown, expected nothing', { limit: 5 }],
    ['refreshDeviceTokens', 'expected an object', 'all'],
    ['refreshDeviceTokens', 'continued: unknown', { continued: { asOf: asOf.toISOString(), after: '', checked: 1 } }],
  ])('%s is refused, once and in words: %s', async (type, words, input) => {
    const handle = await start(type, [input]);
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'E_WORKFLOW_INPUT', nonRetryable: true, message: expect.stringContaining(words) },
    });
    const { events } = await handle.fetchHistory();
    expect(events!.length).toBe(5);
    expect(JSON.stringify(events).length).toBeLessThan(2 * JSON.stringify(input).length + 12_000);
  });

  test.each<[string, string, unknown]>([
    ['scenarioSweep', 'Did you mean "inactivity"?', { asOf: asOf.toISOString(), scenarioTypes: ['inactivty'] }],
    ['scenarioSweep', 'E_TIMEZONE', { asOf: asOf.toISOString(), timezone: 'Mars/Olympus' }],
    ['notifyMentor', 'E_SCENARIO_TYPE', { ...notification(), userId: rangeOf(0, 1).from, scenarioType: 'birthday' }],
    ['settleBatch', 'E_BATCH_UNKNOWN', 'batch-of-nobody'],
  ])('%s is refused once by an activity: %s', async (type, words, input) => {
    const handle = await start(type, [input]);
    await expect(handle.result()).rejects.toMatchObject({
      cause: { cause: { nonRetryable: true, message: expect.stringContaining(words) } },
    });
  });
});

test('settleBatch is refused a wait that has no length', async () => {
  const wait = { ms: -1, notifications: 1, why: 'a test', isLong: true };
  const words = 'wait.ms: expected a whole number from 0';
  await expect((await start('settleBatch', ['batch-of-nobody', wait])).result()).rejects.toMatchObject({
    cause: { type: 'E_WORKFLOW_INPUT', nonRetryable: true, message: expect.stringContaining(words) },
  });
});

test.each(['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+14:00', '1900-02-28T23:59:60Z', '1970-01-01T00:00:00Z'])(
  'a sweep as of %s ends, whatever it comes to',
  async (instant) => {
    const ended = await (await service.startSweep({ asOf: instant })).result().then(
      ({ scenarios }) => Object.keys(scenarios).length,
      ({ cause }: { cause: { type: string } }) => cause.type,
    );
    expect([4, 'E_SWEEP_INPUT']).toContain(ended);
  },
);

describe('a batch that somebody makes up under the key of the next sweep, for one mentor alone', () => {
  test('is refused, and the sweep evaluates everybody', async () => {
    const batch = nextBatch(2);
    const forged = await start('scenarioBatch', [{ ...batch, range: rangeOfMentor(someone) }], batch.batchKey);
    await expect(forged.result()).rejects.toThrow();
    const { scenarios } = await service.sweep({ scenarioTypes: ['inactivity'], asOf: batch.asOf });
    expect(scenarios['inactivity']).toMatchObject({ mentors_evaluated: 6, candidates: 6 });
  });

  test.each([
    ['that has completed', true],
    ['whose workflow is gone', false],
  ])('by a build before, %s, fails the sweep instead of completing it with nobody', async (_, hasCompleted) => {
    const batch = nextBatch(hasCompleted ? 3 : 4);
    const range = rangeOfMentor(someone);
    const request = { ...batch, range, asOf: new Date(batch.asOf), now: asOf, lateness: 'report' } as const;
    await service.repository.evaluateAndClaim({ ...request, now: new Date(batch.asOf), workflowId: '', runId: '' });
    // A workflow of that id which has ended well, whatever it was.
    if (hasCompleted) await (await start('settleStrandedClaims', [], batch.batchKey)).result();
    const sweep = await service.startSweep({ scenarioTypes: ['inactivity'], asOf: batch.asOf });
    await expect(sweep.result()).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/1 of 1 batches failed.*E_BATCH_DIFFERS/) },
    });
  });

  test('is the same batch where it says what the sweep would have said', async () => {
    const batch = nextBatch(5);
    const byHand = await start('scenarioBatch', [batch], batch.batchKey);
    expect(await byHand.result()).toMatchObject({ mentors_evaluated: 6 });
    const { scenarios } = await service.sweep({ scenarioTypes: ['inactivity'], asOf: batch.asOf });
    expect(scenarios['inactivity']).toMatchObject({ mentors_evaluated: 6 });
  });
});

describe('a notification as of the past', () => {
  const lastWeek = new Date(asOf.getTime() - 7 * DAY);

  test.each([
    ['is sent to whoever is due now as well', 40, { sent: 1 }],
    ['is suppressed as late for whoever is not due any more', 2, { sent: 0, suppressed: { late: 1 } }],
  ])('%s', async (_, daysSinceLast, counts) => {
    const chapterId = await chapter(service.db);
    const activities = [daysBefore(lastWeek, 33), daysBefore(asOf, daysSinceLast)];
    const userId = await mentor(service.db, { chapterId, activities });
    const key = idempotencyKey(userId, 'inactivity', '2026-11-13');
    const request = { userId, scenarioType: 'inactivity', asOf: lastWeek.toISOString(), idempotencyKey: key };
    const notified = await start('notifyMentor', [request], key);
    expect(await notified.result()).toMatchObject(counts);
  });
});
