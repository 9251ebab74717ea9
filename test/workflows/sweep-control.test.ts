import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchRequest } from '../../activities/create-activities.ts';
import { MINUTE } from '../../domain/durations.ts';
import type { SweepInput } from '../../workflows/scenario-sweep.ts';
import type { SweepProgress } from '../../workflows/sweep-messages.ts';
import { chapter, daysBefore, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
const MENTORS = 12;
let service: SweepService;
/** What the next evaluations do before the real one; emptied after each test. */
let before: (request: BatchRequest) => Promise<void> = async () => {};
let running = 0;
let mostRunning = 0;
let evaluated: string[] = [];
let minute = 0;

beforeAll(async () => {
  service = await startSweepService(new Date(asOf.getTime() + 60 * MINUTE), (real) => ({
    async evaluateBatch(request) {
      mostRunning = Math.max(mostRunning, ++running);
      try {
        await before(request);
        evaluated.push(request.batchKey);
        return await real.evaluateBatch(request);
      } finally {
        running--;
      }
    },
  }));
  const chapterId = await chapter(service.db);
  for (let i = 0; i < MENTORS; i++) await mentor(service.db, { chapterId, activities: [daysBefore(asOf, 5)] });
});
afterAll(() => service.stop());
beforeEach(() => {
  evaluated = [];
  mostRunning = 0;
});
afterEach(() => {
  before = async () => {};
});

/** Twelve batches of an instant that no other test has used. */
const twelveBatches = (more: SweepInput = {}): SweepInput => ({
  scenarioTypes: ['inactivity'],
  asOf: new Date(asOf.getTime() + ++minute * MINUTE).toISOString(),
  mentorsPerBatch: 1,
  ...more,
});

/** Holds every evaluation until opened. */
function gate(): { open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  before = () => opened;
  return { open };
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('did not come about within a minute');
}

const runsOf = (workflowId: string) =>
  service.db.selectFrom('evaluation_runs').selectAll().where('workflow_id', '=', workflowId).execute();

describe('a sweep of twelve batches', () => {
  test('keeps no more batches in flight than asked, and looks at every mentor once', async () => {
    before = () => sleep(30);
    const result = await service.sweep(twelveBatches({ concurrency: 3 }));
    expect(mostRunning).toBeLessThanOrEqual(3);
    expect(new Set(evaluated).size).toBe(12);
    expect(result.scenarios['inactivity']).toMatchObject({ mentors_evaluated: MENTORS });
  });

  test('continues as new every five batches and ends with the counts of all', async () => {
    const handle = await service.startSweep(twelveBatches({ batchesPerRun: 5 }));
    const result = await handle.result();
    expect(result.scenarios['inactivity']).toMatchObject({ mentors_evaluated: MENTORS });
    expect(evaluated).toHaveLength(12);
    const last = await service.client.workflow.getHandle(handle.workflowId).describe();
    expect(last.runId).not.toBe(handle.firstExecutionRunId);
    expect(await runsOf(handle.workflowId)).toMatchObject([
      { first_run_id: handle.firstExecutionRunId, mentors_evaluated: MENTORS, finished_at: expect.any(Date) },
    ]);
  });

  test('starts nothing while paused, says so, and goes on when resumed, also after continuing as new', async () => {
    const { open } = gate();
    const handle = await service.startSweep(twelveBatches({ concurrency: 2, batchesPerRun: 4 }));
    const progress = () => handle.query<SweepProgress, []>('progress');
    await until(async () => (await progress()).in_flight === 2);
    await handle.signal('pause');
    open();
    await until(async () => (await progress()).done === 2);
    expect(await progress()).toMatchObject({ state: 'paused', in_flight: 0, planned: 12 });
    await handle.signal('resume');
    await handle.result();
    expect(await progress()).toMatchObject({ state: 'finished', done: 12, failed: 0 });
  });

  test('finishes what is in flight when told to stop, starts nothing more, and ends with its counts', async () => {
    const { open } = gate();
    const handle = await service.startSweep(twelveBatches({ concurrency: 2 }));
    await until(() => running === 2);
    await handle.signal('stop');
    open();
    expect((await handle.result()).scenarios['inactivity']).toBeDefined();
    expect(evaluated).toHaveLength(2);
  });

  test('takes a new concurrency while it runs and refuses one that is none', async () => {
    const { open } = gate();
    const handle = await service.startSweep(twelveBatches({ concurrency: 1 }));
    const set = (value: number) => handle.executeUpdate<number, [number]>('setConcurrency', { args: [value] });
    for (const bad of [0, 101, 1.5]) {
      await expect(set(bad)).rejects.toMatchObject({
        cause: { message: expect.stringContaining('expected a whole number from 1 to 100') },
      });
    }
    await set(5);
    await until(() => running === 5);
    open();
    await handle.result();
  });

  test('reports batches that failed after doing the others, and runs only those when started again', async () => {
    const input = twelveBatches();
    before = async ({ batchKey }) => {
      if (batchKey.endsWith('no3')) throw ApplicationFailure.nonRetryable('the range is cursed', 'Test');
    };
    await expect(service.sweep(input)).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/1 of 12 batches failed.*no3: .*cursed/s) },
    });
    expect(evaluated).toHaveLength(11);
    before = async () => {};
    evaluated = [];
    const result = await service.sweep(input);
    expect(evaluated).toHaveLength(1);
    expect(result.scenarios['inactivity']).toMatchObject({ mentors_evaluated: MENTORS });
  });

  test('waits for batches that another sweep started, which outlive their first parent', async () => {
    const { open } = gate();
    const input = twelveBatches({ concurrency: 2 });
    const first = await service.startSweep(input);
    await until(() => running === 2);
    const second = await service.startSweep(input);
    await until(async () => (await second.query<SweepProgress, []>('progress')).in_flight === 2);
    await first.terminate('test');
    open();
    expect((await second.result()).scenarios['inactivity']).toMatchObject({ mentors_evaluated: MENTORS });
    expect(evaluated).toHaveLength(12);
  });
});

describe('a sweep that could never be right', () => {
  test('of the future is refused and named a preview', async () => {
    await expect(service.sweep({ asOf: new Date(asOf.getTime() + 61 * MINUTE).toISOString() })).rejects.toMatchObject({
      cause: {
        cause: {
          type: 'E_AS_OF_IN_THE_FUTURE',
          message: expect.stringMatching(/E_AS_OF_IN_THE_FUTURE.*preview --as-of/),
        },
      },
    });
  });

  test('of an unknown type is refused with the types there are', async () => {
    await expect(service.sweep({ scenarioTypes: ['birthday'], asOf: asOf.toISOString() })).rejects.toMatchObject({
      cause: { cause: { message: expect.stringMatching(/inactivity, milestone.*got birthday/) } },
    });
  });

  test.each<[unknown, string]>([
    [{ concurrency: 0 }, 'concurrency: expected a whole number from 1 to 100'],
    [{ concurrency: 101 }, 'concurrency: expected a whole number from 1 to 100'],
    [{ limit: -1 }, 'limit: expected a whole number from 0 to 2147483647'],
    [{ limit: null }, 'limit: expected a whole number from 0 to 2147483647, got null'],
    [{ mentorsPerBatch: 0.5 }, 'mentorsPerBatch: expected a whole number from 1 to 2147483647'],
    [{ scenarioTypes: 'inactivity' }, 'scenarioTypes: expected a list of scenario types'],
    [{ sendLate: 'true' }, 'sendLate: expected true or false, got "true"'],
    [{ asOf: 1_795_165_200_000 }, 'asOf: expected an ISO 8601 instant'],
    [{ scenarioType: ['inactivity'] }, 'scenarioType: unknown, expected some of scenarioTypes, asOf'],
    [{ limti: 5 }, 'limti: unknown'],
    [{ toString: 1 }, 'toString: unknown'],
    [null, 'expected an object such as {"scenarioTypes": ["inactivity"]}, got null'],
    [[], 'expected an object such as {"scenarioTypes": ["inactivity"]}, got []'],
    ['inactivity', 'expected an object such as {"scenarioTypes": ["inactivity"]}, got "inactivity"'],
    [7, 'expected an object such as {"scenarioTypes": ["inactivity"]}, got 7'],
  ])('with %j is refused before anything is planned, and told what was expected', async (input, message) => {
    const handle = await service.startSweep(input as SweepInput);
    await expect(handle.result()).rejects.toMatchObject({
      cause: {
        type: expect.stringMatching(/^E_(SWEEP_INPUT|CONCURRENCY)$/),
        message: expect.stringContaining(message),
      },
    });
    expect(await runsOf(handle.workflowId)).toEqual([]);
  });

  test('with what only a sweep that continues another is handed is refused: nobody forges what it has done', async () => {
    const plan = {
      planKey: 'forged',
      evaluationDate: '2026-11-20',
      scenarioTypes: ['inactivity'],
      batches: 1,
      mentors: 1,
    };
    const continued = { asOf: asOf.toISOString(), plan, next: 0, done: 7, failures: [], counts: {}, concurrency: 1 };
    const handle = await service.startSweep({ continued } as SweepInput);
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'E_SWEEP_INPUT', message: expect.stringContaining('continued: unknown') },
    });
    expect(await runsOf(handle.workflowId)).toEqual([]);
    expect(evaluated).toEqual([]);
  });

  test('but without any input at all it sweeps every type, of the time at which it was started', async () => {
    // The service's clock has long passed: what is of now is of its future.
    await expect(service.sweep(undefined as unknown as SweepInput)).rejects.toMatchObject({
      cause: { cause: { type: 'E_AS_OF_IN_THE_FUTURE' } },
    });
  });
});
