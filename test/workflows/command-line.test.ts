import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE } from '../../domain/durations.ts';
import type { SweepInput } from '../../workflows/scenario-sweep.ts';
import type { SweepProgress } from '../../workflows/sweep-messages.ts';
import { chapter, daysBefore, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';
import { findTctl, tctl } from '../support/tctl.ts';
import { temporal } from '../support/temporal-cli.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let service: SweepService;
let minute = 0;
let plan = async (): Promise<void> => {};
let evaluate = async (): Promise<void> => {};

beforeAll(async () => {
  service = await startSweepService(new Date(asOf.getTime() + 60 * MINUTE), (real) => ({
    planSweep: async (request) => {
      await plan();
      return real.planSweep(request);
    },
    evaluateBatch: async (request) => {
      await evaluate();
      return real.evaluateBatch(request);
    },
  }));
  const chapterId = await chapter(service.db);
  for (let i = 0; i < 12; i++) {
    // One in each twelfth of the UUID space: batches hold one mentor each.
    const id = `${Math.floor(((i + 0.5) * 256) / 12)
      .toString(16)
      .padStart(2, '0')}000000-0000-4000-8000-000000000000`;
    await mentor(service.db, { id, chapterId, activities: [daysBefore(asOf, 5)] });
  }
});
afterAll(() => service.stop());
beforeEach(() => {
  plan = evaluate = async () => {};
});

function gate(): { wait: () => Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { wait: () => promise, open: resolve };
}

const twelveBatches = (more: SweepInput = {}) =>
  service.startSweep({
    scenarioTypes: ['inactivity'],
    asOf: new Date(asOf.getTime() + ++minute * MINUTE).toISOString(),
    mentorsPerBatch: 1,
    ...more,
  });

const signal = async (id: string, name: string, ...more: string[]) => {
  expect(await temporal('workflow', 'signal', '--workflow-id', id, '--name', name, ...more)).toMatchObject({
    ok: true,
  });
};
async function progress(id: string): Promise<SweepProgress> {
  const { ok, output } = await temporal(
    'workflow',
    'query',
    '--workflow-id',
    id,
    '--type',
    'progress',
    '--output',
    'json',
  );
  if (!ok) throw new Error(output);
  return (JSON.parse(output) as { queryResult: SweepProgress[] }).queryResult[0]!;
}
const setConcurrency = (id: string, input: string) =>
  temporal('workflow', 'update', 'execute', '--workflow-id', id, '--name', 'setConcurrency', '--input', input);
/** What the Web UI shows at the top of a run. */
async function currentDetails(id: string): Promise<string> {
  return (await temporal('workflow', 'metadata', '--workflow-id', id)).output;
}
async function until(id: string, what: (now: SweepProgress) => boolean): Promise<SweepProgress> {
  for (let i = 0; i < 100; i++) {
    const now = await progress(id);
    if (what(now)) return now;
    await sleep(100);
  }
  throw new Error('did not come about');
}

describe('a sweep that runs, from the temporal command line', () => {
  test('is paused and says so, goes on when resumed, and says that it has finished', async () => {
    const { wait, open } = gate();
    evaluate = wait;
    const { workflowId: id, result } = named(await twelveBatches({ concurrency: 2, batchesPerRun: 5 }));
    await until(id, ({ in_flight }) => in_flight === 2);
    await signal(id, 'pause');
    open();
    expect(await until(id, ({ done }) => done === 2)).toMatchObject({
      state: 'paused',
      planned: 12,
      in_flight: 0,
      done: 2,
      failed: 0,
      concurrency: 2,
    });
    expect(await currentDetails(id)).toMatch(
      /paused\*\* .* 2 of 12 batches done[^]*No further batch starts until[^]*\| inactivity \| 2 \|/,
    );
    await signal(id, 'resume');
    await result();
    expect(await progress(id)).toMatchObject({
      state: 'finished',
      in_flight: 0,
      done: 12,
      scenarios: { inactivity: { mentors_evaluated: 12 } },
    });
    expect(await currentDetails(id)).toMatch(/finished\*\* .* 12 of 12 batches done/);
  });

  test('is stopped after it continued as new: drains, and ends with the counts of what it did', async () => {
    let evaluated = 0;
    const { wait, open } = gate();
    evaluate = async () => {
      if (++evaluated > 5) await wait();
    };
    const {
      workflowId: id,
      result,
      firstExecutionRunId,
    } = named(await twelveBatches({ concurrency: 1, batchesPerRun: 3 }));
    await until(id, ({ done, in_flight }) => done === 5 && in_flight === 1);
    expect((await service.client.workflow.getHandle(id).describe()).runId).not.toBe(firstExecutionRunId);
    await signal(id, 'stop');
    expect(await progress(id)).toMatchObject({ state: 'stopping', planned: 12, in_flight: 1 });
    open();
    const { scenarios } = await result();
    expect(await progress(id)).toMatchObject({ state: 'stopped', done: 6, in_flight: 0 });
    expect(scenarios['inactivity']).toMatchObject({ mentors_evaluated: 6 });
  });

  test('answers before it has a plan, and keeps what it is told then', async () => {
    const { wait, open } = gate();
    plan = wait;
    const { workflowId: id, result } = named(await twelveBatches());
    expect(await until(id, ({ state }) => state === 'planning')).toMatchObject({
      planned: 0,
      in_flight: 0,
      done: 0,
      scenarios: {},
    });
    await signal(id, 'pause');
    expect((await setConcurrency(id, '7')).ok).toBe(true);
    expect(await progress(id)).toMatchObject({ state: 'paused', concurrency: 7 });
    open();
    expect(await until(id, ({ planned }) => planned === 12)).toMatchObject({ state: 'paused', in_flight: 0 });
    await signal(id, 'resume');
    await result();
  });

  test('refuses a concurrency that is none and says why, and does not mind signals with strange payloads', async () => {
    const { wait, open } = gate();
    evaluate = wait;
    const { workflowId: id, result } = named(await twelveBatches({ concurrency: 1 }));
    await until(id, ({ in_flight }) => in_flight === 1);
    for (const bad of ['"eight"', '0', '101', '2.5', 'null', '{"concurrency":8}']) {
      const { ok, output } = await setConcurrency(id, bad);
      expect({ ok, output }).toEqual({
        ok: false,
        output: expect.stringContaining('E_CONCURRENCY: setConcurrency: expected a whole number from 1 to 100, got'),
      });
    }
    expect(await progress(id)).toMatchObject({ concurrency: 1 });
    await signal(id, 'pause', '--input', '{"until":"noon"}');
    await signal(id, 'hurry', '--input', '"up"');
    expect(await progress(id)).toMatchObject({ state: 'paused' });
    await signal(id, 'resume', '--input', '[[]]');
    open();
    expect((await result()).scenarios['inactivity']).toMatchObject({ mentors_evaluated: 12 });
  });
});

const real = findTctl();
(real ? test : test.skip)(
  `a real tctl ${real ? '' : '(SKIPPED: not in the cache, see proof/support/tctl.ts) '}pauses, asks, resumes and stops`,
  async () => {
    const { wait, open } = gate();
    evaluate = wait;
    const { workflowId: id, result } = named(await twelveBatches({ concurrency: 2 }));
    await until(id, ({ in_flight }) => in_flight === 2);
    for (const [name, state] of [
      ['pause', 'paused'],
      ['resume', 'running'],
      ['stop', 'stopping'],
    ] as const) {
      expect(await tctl(real!, 'workflow', 'signal', '-w', id, '-n', name)).toMatchObject({ ok: true });
      expect((await tctl(real!, 'workflow', 'query', '-w', id, '-qt', 'progress')).output).toContain(
        `"state":"${state}"`,
      );
    }
    open();
    expect((await result()).scenarios['inactivity']).toMatchObject({ mentors_evaluated: 2 });
  },
);

test('what people read: summaries of runs and steps, search attributes, and a failure that says what to do', async () => {
  const handle = await twelveBatches();
  const { as_of } = await handle.result();
  const batch = `batch-inactivity-${as_of}-of12-no3`;
  const { staticSummary, typedSearchAttributes } = await describeRun(batch);
  expect(staticSummary).toBe('inactivity · 2026-11-20 · batch 3 of 12 · 1 mentor');
  expect(typedSearchAttributes).toEqual({ ScenarioType: ['inactivity'], EvaluationDate: '2026-11-20' });
  expect(await stepSummaries(batch)).toEqual([`who is due: inactivity, as of ${as_of}`]);
  expect(await stepSummaries(handle.workflowId)).toEqual(
    expect.arrayContaining([`divide the audience, as of ${as_of}`, 'sum up 12 batches']),
  );
  const refused = await service.startSweep({ scenarioTypes: ['birthday'], asOf: as_of });
  await expect(refused.result()).rejects.toMatchObject({
    cause: {
      cause: {
        type: 'E_SCENARIO_TYPE',
        message: expect.stringMatching(
          /^E_SCENARIO_TYPE: scenarioTypes: expected some of inactivity, .*got birthday\.$/,
        ),
      },
    },
  });
});

async function describeRun(workflowId: string) {
  const description = await service.client.workflow.getHandle(workflowId).describe();
  const attributes = description.typedSearchAttributes
    .getAll()
    .filter(({ key }) => /^(ScenarioType|EvaluationDate)$/.test(key.name));
  return {
    staticSummary: await description.staticSummary(),
    typedSearchAttributes: Object.fromEntries(attributes.map(({ key, value }) => [key.name, value])),
  };
}

async function stepSummaries(workflowId: string): Promise<string[]> {
  const { events } = await service.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? [])
    .filter((event) => event.activityTaskScheduledEventAttributes)
    .map((event) => JSON.parse(Buffer.from(event.userMetadata!.summary!.data!).toString()) as string);
}

function named(handle: Awaited<ReturnType<typeof twelveBatches>>) {
  return {
    workflowId: handle.workflowId,
    firstExecutionRunId: handle.firstExecutionRunId,
    result: () => handle.result(),
  };
}
