import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SweepHandle } from '../../client/sweeps.ts';
import { TASK_QUEUE } from '../../client/task-queue.ts';
import { DAY, MINUTE } from '../../domain/durations.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import { batchKey, planKey } from '../../domain/sweep.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import type { scenarioBatch } from '../../workflows/scenario-batch.ts';
import type { SweepProgress } from '../../workflows/sweep-messages.ts';
import { findChromium, withoutChromium } from '../support/chromium.ts';
import { openBrowser, type Browser } from './browser.ts';
import { blockEvaluations, openStage, sweepInSmallBatches, untilProgress, type Stage } from './web-ui-stage.ts';

const chromium = findChromium(process.env);
const suite = chromium ? describe : describe.skip;
const what = 'what an operator reads in the Temporal Web UI';

suite(`${what}${withoutChromium(what, chromium)}`, () => {
  const asOf = new Date();
  let stage: Stage;
  let browser: Browser;
  let paused: SweepHandle;
  let progress: SweepProgress;

  beforeAll(async () => {
    stage = await openStage(asOf);
    browser = await openBrowser(chromium!);
    paused = await sweepInSmallBatches(stage.client, asOf, 'sweep-of-today');
    await untilProgress(paused, ({ done }) => done >= 4);
    await paused.signal('pause');
    progress = await untilProgress(paused, ({ state, in_flight }) => state === 'paused' && in_flight === 0);
  });
  afterAll(async () => {
    await paused?.signal('stop').catch(() => {});
    await paused?.result().catch(() => {});
    await browser?.close();
    await stage?.close();
  });

  const runOf = ({ workflowId, firstExecutionRunId }: { workflowId: string; firstExecutionRunId: string }) =>
    `${stage.webUi}/workflows/${workflowId}/${firstExecutionRunId}`;
  const listBy = (query: string) => `${stage.webUi}/workflows?query=${encodeURIComponent(query)}`;

  test('the list of workflows can be narrowed to the sweeps of one scenario', async () => {
    const milestone = await browser.read(
      listBy('`WorkflowType`="scenarioSweep" AND `ScenarioType`="milestone"'),
      'sweep-of-today',
    );
    expect(milestone).toMatch(/1 Workflow .*ScenarioType = milestone.*Running sweep-of-today/);
    await browser.picture('sweeps-by-scenario', 360);
    // Its own batches carry their own type alone.
    const batches = await browser.read(
      listBy('`WorkflowType`="scenarioBatch" AND `ScenarioType`="milestone"'),
      'batch-milestone-',
    );
    expect(batches).not.toContain('batch-inactivity-');
  });

  test('the history of a sweep names each batch, its scenario and its date', async () => {
    const words = await browser.read(`${runOf(paused)}/history`, 'batch 1 of ');
    expect(words).toMatch(new RegExp(`inactivity · \\d{4}-\\d\\d-\\d\\d · batch 1 of ${progress.planned}`));
    expect(words).toContain('pause');
    await browser.picture('sweep-history', 800);
  });

  test('a paused sweep says what it is, that it is paused, how far it is, and what it has sent', async () => {
    const words = await browser.read(`${runOf(paused)}/user-metadata`, 'paused · ');
    expect(words).toContain(`All scenarios · every mentor · as of ${asOf.toISOString()}`);
    expect(words).toContain(
      `paused · as of ${asOf.toISOString()} · ${progress.done} of ${progress.planned} batches done, 0 in flight`,
    );
    expect(Object.keys(progress.scenarios).length).toBe(SCENARIO_TYPES.length);
    for (const [type, c] of Object.entries(progress.scenarios)) {
      expect(words).toContain(
        [type, c.mentors_evaluated, c.candidates, c.claimed, c.sent, c.failed, c.unknown].join(' '),
      );
    }
    await browser.picture('sweep-paused', 760);
  });

  test('its search attributes are its scenarios and the date', async () => {
    const words = await browser.read(`${runOf(paused)}/search-attributes`, 'EvaluationDate');
    expect(words).toMatch(/"EvaluationDate": "\d{4}-\d\d-\d\d"/);
    for (const type of SCENARIO_TYPES) expect(words).toContain(type);
  });

  test('a batch that is refused says what was wrong and what to do instead', async () => {
    const future = new Date(asOf.getTime() + DAY).toISOString();
    const plan = planKey(future, 1, { limit: null, sendLate: false });
    const key = batchKey('milestone', plan, 0);
    const batch = await stage.client.workflow.start<typeof scenarioBatch>('scenarioBatch', {
      workflowId: key,
      taskQueue: TASK_QUEUE,
      args: [
        {
          batchKey: key,
          planKey: plan,
          scenarioType: 'milestone',
          asOf: future,
          range: rangeOf(0, 1),
        },
      ],
    });
    await batch.result().catch(() => {});
    const words = await browser.read(`${runOf(batch)}/history`, 'E_AS_OF_IN_THE_FUTURE');
    expect(words).toContain(`Failed ${key}`);
    expect(words).toMatch(/E_AS_OF_IN_THE_FUTURE: .*preview/);
    await browser.picture('batch-failed', 570);
  });

  test('a sweep with a batch that was terminated says which, and how to make up for it', async () => {
    const block = await blockEvaluations(stage.database);
    const at = new Date(asOf.getTime() - MINUTE);
    const sweep = await sweepInSmallBatches(stage.client, at, 'sweep-with-a-terminated-batch', ['milestone']);
    const ended = sweep.result().catch(() => {});
    try {
      await terminateFirstBatch(`batch-milestone-${at.toISOString()}`);
    } finally {
      await block.release();
    }
    await ended;
    const words = await browser.read(`${runOf(sweep)}/history`, 'batches failed');
    expect(words).toContain('Failed sweep-with-a-terminated-batch');
    expect(words).toMatch(
      /1 of \d+ batches failed, the others are done; start the sweep again to run them: batch-milestone-/,
    );
    await browser.picture('sweep-failed', 580);
  });

  async function terminateFirstBatch(prefix: string): Promise<void> {
    for (let i = 0; i < 300; i++) {
      for await (const { workflowId } of stage.client.workflow.list({
        query: 'WorkflowType = "scenarioBatch" AND ExecutionStatus = "Running"',
      })) {
        if (workflowId.startsWith(prefix))
          return void (await stage.client.workflow.getHandle(workflowId).terminate('By mistake.'));
      }
      await sleep(100);
    }
    throw new Error(`no batch ${prefix}… within half a minute`);
  }
});
