import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ScheduleHandle, WorkflowHandle } from '@temporalio/client';
import { startSweep } from '../../client/sweeps.ts';
import { TASK_QUEUE } from '../../client/task-queue.ts';
import type { SweepInput } from '../../workflows/scenario-sweep.ts';
import type { RunPlan } from './plan.ts';
import { count, type Tally } from './tally.ts';

/** A sweep by its id, and how to start it again where a batch of it was ended by force; null: that is left to others. */
export interface Started {
  readonly handle: WorkflowHandle;
  readonly again: (() => Promise<Started>) | null;
}

/** Starts the sweeps of a run, all at once. */
export async function startSweeps(client: Client, plan: RunPlan, asOf: Date, tally: Tally): Promise<Started[]> {
  const input = { mentorsPerBatch: plan.mentorsPerBatch, concurrency: plan.sweepConcurrency, brake: false as const };
  const byHand = async (instant: Date): Promise<Started> => {
    const started: SweepInput & { asOf: string } = { ...input, asOf: instant.toISOString() };
    const handle = await patiently(() => startSweep(client, started));
    return { handle, again: plan.afterForce === 'sweep again' ? () => byHand(instant) : null };
  };
  switch (plan.sweeps) {
    case 'one':
      return [await byHand(asOf)];
    case 'twice':
      count(tally, 'second sweep of the same instant');
      return Promise.all([byHand(asOf), byHand(asOf)]);
    case 'four':
      count(tally, 'further sweep of the same instant', 3);
      return Promise.all([byHand(asOf), byHand(asOf), byHand(asOf), byHand(asOf)]);
    case 'two instants':
      count(tally, 'second sweep of another instant');
      return Promise.all([byHand(asOf), byHand(new Date(asOf.getTime() - 1_500))]);
    case 'schedule':
      return Promise.all([byHand(asOf), triggerAndBackfill(client, plan, asOf, input, tally)]).then(([one, two]) => [
        one,
        ...two,
      ]);
  }
}

/** A Schedule whose time was two minutes ago: triggered now, and that time filled in, both at once. */
async function triggerAndBackfill(
  client: Client,
  plan: RunPlan,
  asOf: Date,
  input: SweepInput,
  tally: Tally,
): Promise<Started[]> {
  const nominal = new Date(Math.floor(asOf.getTime() / 60_000) * 60_000 - 120_000);
  const scheduleId = `chaos-${plan.seed}-${asOf.getTime()}`;
  const schedule = await patiently(() =>
    client.schedule.create({
      scheduleId,
      spec: { cronExpressions: [`${nominal.getUTCMinutes()} ${nominal.getUTCHours()} * * *`], timezone: 'UTC' },
      policies: { overlap: 'ALLOW_ALL' },
      action: {
        type: 'startWorkflow',
        workflowType: 'scenarioSweep',
        workflowId: scheduleId,
        taskQueue: TASK_QUEUE,
        args: [input],
      },
      state: { paused: true },
    }),
  );
  try {
    // Of a trigger and a backfill that reach the server in one moment it forgets the first: one after the other.
    await schedule.trigger('ALLOW_ALL');
    await untilStarted(schedule, 1);
    await schedule.backfill({
      start: new Date(nominal.getTime() - 30_000),
      end: new Date(nominal.getTime() + 30_000),
      overlap: 'ALLOW_ALL',
    });
    const ids = await untilStarted(schedule, 2);
    count(tally, 'schedule triggered beside a sweep');
    count(tally, 'schedule backfilled beside a sweep');
    return ids.map((id) => ({ handle: client.workflow.getHandle(id), again: null }));
  } finally {
    await schedule.delete();
  }
}

async function untilStarted(schedule: ScheduleHandle, sweeps: number): Promise<string[]> {
  for (let tried = 0; tried < 400; tried++) {
    const { info } = await patiently(() => schedule.describe());
    const ids = info.recentActions.flatMap(({ action }) =>
      action.type === 'startWorkflow' ? [action.workflow.workflowId] : [],
    );
    if (ids.length >= sweeps) return ids;
    await sleep(25);
  }
  throw new Error(`the Schedule started less than ${sweeps} sweeps`);
}

/** Waits for a sweep to end. Null when it completed, else how it ended. */
export async function untilEnded({ handle }: Started, deadline: number): Promise<string | null> {
  for (;;) {
    const { status } = await patiently(() => handle.describe());
    if (status.name === 'COMPLETED') return null;
    if (status.name !== 'RUNNING') {
      const reason = await handle.result().then(
        () => '',
        (error: Error) => String((error.cause as Error | undefined)?.message ?? error.message),
      );
      return `${status.name}: ${reason}`;
    }
    if (performance.now() > deadline) return 'STUCK';
    await sleep(100);
  }
}

/** What the product's own Schedule starts every few minutes. */
export async function settleStranded(client: Client): Promise<void> {
  const handle = await patiently(() =>
    client.workflow.start('settleStrandedClaims', {
      workflowId: `settle-stranded-${performance.now()}`,
      taskQueue: TASK_QUEUE,
    }),
  );
  await patiently(() => handle.result());
}

/** While the server is away, callers wait for it. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + 60_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { code, name } = error as { code?: unknown; name?: string };
      const away = name === 'ServiceError' || [14, 4, 1, 13].includes(code as number);
      if (!away || performance.now() > until) throw error;
      await sleep(200);
    }
  }
}
