import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { TASK_QUEUE } from '../../client/task-queue.ts';
import type { scenarioSweep } from '../../workflows/scenario-sweep.ts';
import { chapter, mentor } from '../support/factories.ts';
import { jsonInProcess, runInProcess } from '../support/in-process.ts';
import { startRunningService, type RunningService } from '../support/running-service.ts';

const MENTORS = 20;
const asOf = new Date().toISOString();
let service: RunningService;
let client: Client;

beforeAll(async () => {
  service = await startRunningService();
  client = service.client();
  const chapterId = await chapter(service.database.db);
  for (let i = 0; i < MENTORS; i++) await mentor(service.database.db, { chapterId });
});
afterAll(() => service.stop());

const run = (...args: string[]) => runInProcess(args, service.env);
const json = (...args: string[]) => jsonInProcess(args, service.env);

/** Everybody in one batch. */
const start = (workflowId: string, as_of: string) =>
  client.workflow.start<typeof scenarioSweep>('scenarioSweep', {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [{ scenarioTypes: ['inactivity'], asOf: as_of, mentorsPerBatch: MENTORS }],
  });

async function until(is: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await is()); await sleep(200)) {
    if (Date.now() > end) throw new Error('it did not come to that');
  }
}

const waiting = async () => (await json('halt'))[0]!['waiting'] as number;

test('where no sweep runs, none is controlled', async () => {
  for (const verb of ['pause', 'resume', 'stop', 'progress']) {
    expect(await run('sweep', verb)).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^E_NO_SWEEP: no sweep is running/),
    });
  }
  expect(await run('sweep', 'stop', 'sweep-z')).toMatchObject({
    code: 1,
    error: expect.stringMatching(/^E_NO_SWEEP: there is no sweep "sweep-z"/),
  });
});

test('a verb with a slip in it starts no sweep', async () => {
  expect(await run('sweep', 'puase')).toMatchObject({
    code: 2,
    error: expect.stringMatching(
      /unknown command 'puase', expected pause, resume, stop, progress. Did you mean "pause"/,
    ),
  });
  expect(await service.database.db.selectFrom('evaluation_runs').select('id').execute()).toEqual([]);
});

test('a sweep that is halted says so while it is waited for', async () => {
  await run('halt', '--note', 'the text is wrong');
  const { code, error } = await run('sweep', '--wait', '--json', '--scenario', 'milestone', '--limit', '0');
  expect({ code, error }).toEqual({
    code: 0,
    error: expect.stringMatching(/^all sending is halted since .*"the text is wrong"/),
  });
});

describe('a sweep whose sending is halted', () => {
  let id: string;

  beforeAll(async () => {
    id = (await start('sweep-a', asOf)).workflowId;
    await until(async () => (await waiting()) > 0);
  });

  test('tells its progress, and that sending is halted', async () => {
    const { out, error } = await run('sweep', 'progress');
    expect(out).toMatch(/^sweep-a, running: 0 of 1 batches, 20 candidates, 20 claimed, 0 sent, 1 in flight\nas of /);
    expect(error).toMatch(/^all sending is halted/);
    expect(await json('sweep', 'progress', id)).toMatchObject([
      { workflow_id: id, state: 'running', in_flight: 1, done: 0 },
    ]);
    expect(await json('runs', '--limit', '1')).toMatchObject([
      { workflow_id: id, state: 'running', claimed: MENTORS, sent: 0 },
    ]);
  });

  test('is paused and resumed without its id, since it is the only one', async () => {
    expect(await json('sweep', 'pause')).toMatchObject([
      { workflow_id: id, signal: 'pause', progress: { state: 'paused' } },
    ]);
    expect((await run('sweep', 'resume')).out).toMatch(/^sweep-a is told to go on\nrunning: /);
  });

  test('is asked for by its id where another runs', async () => {
    // It waits for its instant, and so cannot end while it is asked for.
    const other = await start('sweep-beta', new Date(Date.now() + 55_000).toISOString());
    await until(async () => (await run('sweep', 'pause')).code === 2);
    const { error } = await run('sweep', 'stop');
    expect(error).toMatch(/^E_WHICH_SWEEP: several sweeps are running:\n(.*\n)*  sweep-a started .*\n/);
    expect(error).toContain('  sweep-beta started ');
    expect(await run('sweep', 'stop', 'sweep-')).toMatchObject({
      code: 2,
      error: expect.stringMatching(
        /^E_WHICH_SWEEP: sweep- begins the workflow ids of several sweeps:\n  sweep-\S+ started/,
      ),
    });
    expect(await json('sweep', 'progress', 'sweep-be')).toMatchObject([{ workflow_id: 'sweep-beta' }]);
    await other.terminate();
    expect(await run('sweep', 'stop', 'sweep-beta')).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^E_SWEEP_OVER: sweep-beta was terminated at .*Z: nothing to stop/),
    });
    await until(async () => (await run('sweep', 'resume')).code === 0);
  });

  test('is stopped: what it has claimed is withdrawn, the run says so, and no signal changes that', async () => {
    const { out } = await run('sweep', 'stop', id);
    expect(out).toMatch(/^sweep-a is told to stop: .*\nstopping: /);
    await client.workflow.getHandle(id).result();
    expect(await json('sweep', 'progress', id)).toMatchObject([{ state: 'stopped' }]);
    expect((await run('sweep', 'progress', id)).out).toMatch(/^sweep-a, stopped: .*\nas of .*\n\ninactivity, /);
    const [latest] = (await json('runs')).filter((each) => each['workflow_id'] === id);
    expect(latest).toMatchObject({ state: 'stopped', claimed: MENTORS, withdrawn: MENTORS, sent: 0 });
    expect(await run('sweep', 'resume', id)).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^E_SWEEP_OVER: sweep-a was stopped at .*Z: nothing to resume/),
    });
    expect(await service.emulator.ledger()).toEqual([]);
  });

  test('once the halt has ended, another sends what was withdrawn, and cannot be paused after its end', async () => {
    await run('recall', '--all');
    await run('halt', '--end');
    const { error, out } = await run('sweep', '--wait', '--scenario', 'inactivity');
    expect(out).toMatch(new RegExp(`inactivity, .*\n.*\n +${MENTORS} +claimed\n +${MENTORS} +sent\n$`));
    const [, finished] = /^started (\S+)/m.exec(error)!;
    expect(await run('sweep', 'pause', finished!)).toMatchObject({
      code: 1,
      error: expect.stringMatching(/has finished at .*Z: nothing to pause/),
    });
    const [batch] = await service.database.db
      .selectFrom('evaluation_batches')
      .select('batch_key')
      .orderBy('evaluated_at', 'desc')
      .execute();
    expect(await run('sweep', 'stop', batch!.batch_key)).toMatchObject({
      code: 1,
      error: expect.stringMatching(/is a scenarioBatch, not a sweep/),
    });
  });
});
