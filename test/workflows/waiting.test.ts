import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DispatchResult } from '../../activities/dispatch-wait.ts';
import { HOUR, MINUTE } from '../../domain/durations.ts';
import type { SweepInput } from '../../workflows/scenario-sweep.ts';
import type { settleBatch } from '../../workflows/settle-batch.ts';
import type { settleStrandedClaims } from '../../workflows/settle-stranded-claims.ts';
import type { Answer } from '../../local/fcm-emulator/emulator.ts';
import { chapter, device, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
const SLOTS = 8;
let service: SweepService;
let chapterId: string;
/** What each dispatch does before the real one. */
let before: (batchKey: string) => Promise<void> = async () => {};
let beforeEvaluation: () => Promise<void> = async () => {};
/** The service's clock; a wait is over once it is moved. */
let clock = asOf;
let sweeps = 0;
/** When stopped sweeps looked for what they may withdraw. */
let looks: number[] = [];

beforeAll(async () => {
  service = await startSweepService(
    asOf,
    (real) => ({
      async evaluateBatch(request) {
        await beforeEvaluation();
        return real.evaluateBatch(request);
      },
      async withdrawBatches(batchKeys) {
        looks.push(performance.now());
        return real.withdrawBatches(batchKeys);
      },
      async dispatchBatch(batchKey): Promise<DispatchResult> {
        await before(batchKey);
        const result = await real.dispatchBatch(batchKey);
        // What it waits for is decided by the clock above; Temporal's goes on by itself.
        return result.wait ? { ...result, wait: { ...result.wait, ms: Math.min(result.wait.ms, 200) } } : result;
      },
    }),
    { unknownRetryDelaysMs: [MINUTE, 2 * MINUTE, 3 * MINUTE, 4 * MINUTE], longestPauseMs: 300, concurrency: 1 },
    undefined,
    { maxConcurrentActivityTaskExecutions: SLOTS },
  );
  chapterId = await chapter(service.db);
});
afterAll(() => service.stop());
afterEach(async () => {
  before = async () => {};
  beforeEvaluation = async () => {};
  looks = [];
  setClock(asOf);
  await service.pool.query(
    'truncate follow_up_notification_log, scenario_notifications, scenario_claims, evaluation_batches, evaluation_runs, logged_skips, push_gates, users cascade',
  );
});

function setClock(now: Date): void {
  clock = now;
  service.setNow(now);
}
const pass = (ms: number) => setClock(new Date(clock.getTime() + ms));

/** Mentors who are due, each with a device whose next messages get these answers. */
async function dueMentors(n: number, ...answers: Answer[]): Promise<string[]> {
  const tokens: string[] = [];
  for (let i = 0; i < n; i++) {
    const id = await mentor(service.db, { chapterId, devices: [] });
    const token = `token-${id}`;
    await device(service.db, id, { token });
    if (answers.length > 0) service.emulator.script(token, ...answers);
    tokens.push(token);
  }
  return tokens;
}

const input = (more: SweepInput = {}): SweepInput => ({
  scenarioTypes: ['inactivity'],
  // Of an instant that no other test has used: its batches are its own.
  asOf: new Date(asOf.getTime() - ++sweeps * 1_000).toISOString(),
  mentorsPerBatch: 100,
  ...more,
});

const postsTo = async (tokens: readonly string[]) =>
  (await service.emulator.ledger()).filter((entry) => tokens.includes(entry.token));
const runOf = (workflowId: string) =>
  service.db.selectFrom('evaluation_runs').selectAll().where('workflow_id', '=', workflowId).executeTakeFirstOrThrow();
const claims = () => service.db.selectFrom('scenario_claims').selectAll().execute();

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('did not come about within a minute');
}

/** Holds whoever comes to it until it is opened. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let waiting = 0;
  return {
    hold: () => {
      waiting++;
      return promise;
    },
    open: () => resolve(),
    waiting: () => waiting,
  };
}

async function lookForStranded() {
  const handle = await service.client.workflow.start<typeof settleStrandedClaims>('settleStrandedClaims', {
    workflowId: `look-${randomUUID()}`,
    taskQueue: service.temporal.taskQueue,
    args: [],
  });
  return handle.result();
}

test('four sweeps of one instant, thirty-two batches wanted at once, all end although a worker has eight slots', async () => {
  const tokens = await dueMentors(24);
  const same = input({ concurrency: SLOTS, mentorsPerBatch: 1 });
  const results = await Promise.all([1, 2, 3, 4].map(() => service.sweep(same)));
  for (const { scenarios } of results) {
    expect(scenarios['inactivity']).toMatchObject({ mentors_evaluated: 24, claimed: 24, sent: 24, unknown: 0 });
  }
  expect(await postsTo(tokens)).toHaveLength(24);
});

test('more batches wait for their next try than a worker has slots, and others are sent meanwhile', async () => {
  const waiting = await dueMentors(SLOTS + 4, 'truncated');
  const sweep = await service.startSweep(input({ concurrency: 20, mentorsPerBatch: 1 }));
  await until(async () => (await claims()).filter((each) => each.state === 'unknown').length === SLOTS + 4);
  const others = await dueMentors(3);
  const other = await service.sweep(input({ concurrency: 20, mentorsPerBatch: 1 }));
  expect(other.scenarios['inactivity']).toMatchObject({ claimed: 3, sent: 3, suppressed: { in_flight: SLOTS + 4 } });
  expect(await postsTo(others)).toHaveLength(3);
  expect(await postsTo(waiting)).toHaveLength(SLOTS + 4);

  pass(MINUTE);
  const result = await sweep.result();
  expect(result.scenarios['inactivity']).toMatchObject({ claimed: SLOTS + 4, sent: SLOTS + 4, unknown: 0 });
  expect(await postsTo(waiting)).toHaveLength(2 * (SLOTS + 4));
});

describe('a batch whose next try is a minute and a half away or less', () => {
  test('keeps its sweep waiting', async () => {
    const [token] = await dueMentors(1, 'truncated');
    const sweep = await service.startSweep(input());
    await until(async () => (await claims()).some((each) => each.state === 'unknown'));
    expect(await postsTo([token!])).toHaveLength(1);
    pass(MINUTE - 1);
    await sleep(600);
    expect(await postsTo([token!])).toHaveLength(1);
    pass(1);
    expect((await sweep.result()).scenarios['inactivity']).toMatchObject({ sent: 1, unknown: 0 });
    expect(await postsTo([token!])).toHaveLength(2);
  });
});

describe('a batch whose next try is further away', () => {
  test('is left to a workflow of its own: its sweep ends with it as unknown, and counts right once it is settled', async () => {
    const [slow] = await dueMentors(1, 'truncated', 'truncated');
    const quick = await dueMentors(2);
    const sweep = await service.startSweep(input());
    await until(async () => (await claims()).some((each) => each.state === 'unknown'));
    // The second try comes to nothing either: the third is two minutes away.
    pass(MINUTE);
    expect((await sweep.result()).scenarios['inactivity']).toMatchObject({ claimed: 3, sent: 2, unknown: 1 });
    expect(await runOf(sweep.workflowId)).toMatchObject({ end_state: 'finished', sent: 2, unknown: 1, failed: 0 });
    expect(await postsTo([slow!])).toHaveLength(2);

    const { batch_key } = (await claims())[0]!;
    const settling = service.client.workflow.getHandle<typeof settleBatch>(`settle-${batch_key}`);
    expect((await settling.describe()).status.name).toBe('RUNNING');
    pass(2 * MINUTE);
    expect(await settling.result()).toEqual({ sent: 3, failed: 0, unknown: 0, deferred: 0, withdrawn: 0 });
    expect(await runOf(sweep.workflowId)).toMatchObject({ end_state: 'finished', sent: 3, unknown: 0 });
    expect(await postsTo([slow!])).toHaveLength(3);
    expect(await postsTo(quick)).toHaveLength(2);
  });

  test('that is found stranded as well is settled by one workflow only', async () => {
    await dueMentors(1, 'truncated', 'truncated');
    const sweep = await service.startSweep(input());
    await until(async () => (await claims()).some((each) => each.state === 'unknown'));
    pass(MINUTE);
    await sweep.result();
    const { batch_key } = (await claims())[0]!;
    pass(MINUTE + 1);
    expect(await lookForStranded()).toMatchObject({ taken_up: 0 });
    pass(MINUTE);
    await service.client.workflow.getHandle(`settle-${batch_key}`).result();
    expect(await claims()).toMatchObject([{ state: 'sent' }]);
  });
});

describe('a sweep that was terminated', () => {
  test('has a run that the look for stranded claims ends after two minutes, as terminated', async () => {
    await dueMentors(2);
    const { hold, open, waiting } = gate();
    beforeEvaluation = hold;
    const sweep = await service.startSweep(input());
    await until(() => waiting() === 1);
    await sweep.terminate('by a test');
    pass(2 * MINUTE);
    expect(await lookForStranded()).toMatchObject({ runs_ended: 0 });
    expect(await runOf(sweep.workflowId)).toMatchObject({ finished_at: null, end_state: null });

    pass(1);
    expect(await lookForStranded()).toMatchObject({ runs_ended: 1 });
    expect(await runOf(sweep.workflowId)).toMatchObject({ finished_at: clock, end_state: 'terminated' });
    expect(await lookForStranded()).toMatchObject({ runs_ended: 0 });
    open();
    // Its batch outlives it, and must not be met by the next test.
    await until(async () => (await runOf(sweep.workflowId)).sent === 2);
  });

  test('is counted as far as its batches came, and again when they are done', async () => {
    const tokens = await dueMentors(2);
    const { hold, open, waiting } = gate();
    before = hold;
    const sweep = await service.startSweep(input());
    await until(() => waiting() === 1);
    await sweep.terminate('by a test');
    pass(2 * MINUTE + 1);
    await lookForStranded();
    expect(await runOf(sweep.workflowId)).toMatchObject({ end_state: 'terminated', claimed: 2, sent: 0 });
    // Batches outlive their sweep.
    open();
    await until(async () => (await runOf(sweep.workflowId)).sent === 2);
    expect(await postsTo(tokens)).toHaveLength(2);
    expect(await runOf(sweep.workflowId)).toMatchObject({ end_state: 'terminated', unknown: 0 });
  });
});

test('a sweep that still runs after an hour is not ended by the look for stranded claims', async () => {
  await dueMentors(1);
  const { hold, open, waiting } = gate();
  beforeEvaluation = hold;
  const sweep = await service.startSweep(input());
  await until(() => waiting() === 1);
  pass(HOUR);
  expect(await lookForStranded()).toEqual({ taken_up: 0, runs_ended: 0 });
  open();
  await sweep.result();
  expect(await runOf(sweep.workflowId)).toMatchObject({ end_state: 'finished', finished_at: clock });
});

describe('stop', () => {
  test('withdraws what was claimed and has not been sent, and ends the run as stopped', async () => {
    const tokens = await dueMentors(6);
    const { hold, open, waiting } = gate();
    before = hold;
    const sweep = await service.startSweep(input({ concurrency: 2, mentorsPerBatch: 2 }));
    await until(() => waiting() === 2);
    const claimed = (await claims()).length;
    await sweep.signal('stop');
    await until(async () => (await claims()).every((each) => each.state === 'released'));
    open();
    expect((await sweep.result()).scenarios['inactivity']).toMatchObject({ claimed, sent: 0, withdrawn: claimed });
    expect((await claims()).map((each) => each.release_reason)).toEqual(Array(claimed).fill('stopped'));
    expect(await runOf(sweep.workflowId)).toMatchObject({ end_state: 'stopped', sent: 0, withdrawn: claimed });
    expect(await postsTo(tokens)).toEqual([]);

    // Nobody was told anything: the next sweep finds all of them.
    before = async () => {};
    const next = await service.sweep(input());
    expect(next.scenarios['inactivity']).toMatchObject({ claimed: 6, sent: 6 });
  });

  test('also withdraws what a batch claims only afterwards, and looks for it less and less often', async () => {
    const tokens = await dueMentors(2);
    const [evaluation, dispatch] = [gate(), gate()];
    beforeEvaluation = evaluation.hold;
    before = dispatch.hold;
    const sweep = await service.startSweep(input());
    await until(() => evaluation.waiting() === 1);
    await sweep.signal('stop');
    await until(() => looks.length === 3);
    // A timer of Temporal's fires no earlier than asked; a tenth for the clocks of two processes.
    expect(looks[2]! - looks[1]!).toBeGreaterThan(1_800);
    evaluation.open();
    await until(async () => (await claims()).length === 2);
    await until(async () => (await claims()).every((each) => each.release_reason === 'stopped'));
    dispatch.open();
    expect((await sweep.result()).scenarios['inactivity']).toMatchObject({ claimed: 2, sent: 0, withdrawn: 2 });
    expect(await postsTo(tokens)).toEqual([]);
  });

  test('lets what is on the wire arrive, and records it', async () => {
    const tokens = await dueMentors(4, { answer: 'accepted', latency_ms: 2_000 });
    const sweep = await service.startSweep(input());
    await until(async () => (await postsTo(tokens)).length > 0);
    await sweep.signal('stop');
    const { scenarios } = await sweep.result();
    const sent = (await postsTo(tokens)).length;
    // One at a time is on the wire; on a slow machine another may have left before the signal arrived.
    expect(sent).toBeGreaterThanOrEqual(1);
    expect(sent).toBeLessThan(4);
    expect(scenarios['inactivity']).toMatchObject({ claimed: 4, sent, withdrawn: 4 - sent, unknown: 0, failed: 0 });
    expect(await runOf(sweep.workflowId)).toMatchObject({ end_state: 'stopped', sent, withdrawn: 4 - sent });
  });

  test('leaves a sweep that is done as it is', async () => {
    await dueMentors(1);
    const sweep = await service.startSweep(input());
    await sweep.result();
    await expect(sweep.signal('stop')).rejects.toThrow();
    expect(await runOf(sweep.workflowId)).toMatchObject({ end_state: 'finished', sent: 1, withdrawn: 0 });
  });
});
