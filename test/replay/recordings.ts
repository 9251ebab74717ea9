import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { BatchRequest } from '../../activities/create-activities.ts';
import type { TokenPace } from '../../activities/check-stale-tokens.ts';
import type { DispatchResult } from '../../activities/dispatch-wait.ts';
import { startNotifications } from '../../client/notifications.ts';
import { TASK_QUEUE } from '../../client/task-queue.ts';
import { DAY, MINUTE } from '../../domain/durations.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import type { SweepInput } from '../../workflows/scenario-sweep.ts';
import type { SweepProgress } from '../../workflows/sweep-messages.ts';
import type { Answer } from '../../local/fcm-emulator/emulator.ts';
import { chapter, device, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

/** `workflowType` and what it shows, with one run to read the history of. */
export interface Recording {
  readonly name: string;
  readonly workflowId: string;
  readonly runId?: string;
}

const MENTORS = 6;

/** Lets workflows of each type do each kind of thing, one after the other, against the real service. */
export async function perform(record: (recording: Recording) => Promise<void>): Promise<void> {
  const now = new Date();
  let before: (request: BatchRequest) => Promise<void> = async () => {};
  let tokenPace: TokenPace | null = null;
  let beforeDispatch: () => Promise<void> = async () => {};
  const service = await startSweepService(
    now,
    (real) => ({
      async evaluateBatch(request) {
        await before(request);
        return real.evaluateBatch(request);
      },
      async dispatchBatch(batchKey): Promise<DispatchResult> {
        await beforeDispatch();
        const result = await real.dispatchBatch(batchKey);
        // What it waits for is decided by the service's clock; Temporal's goes on by itself.
        return result.wait ? { ...result, wait: { ...result.wait, ms: Math.min(result.wait.ms, 200) } } : result;
      },
      async checkStaleTokens(request) {
        return real.checkStaleTokens({ ...request, ...(tokenPace && { pace: tokenPace }) });
      },
    }),
    { unknownRetryDelaysMs: [MINUTE, 2 * MINUTE, 3 * MINUTE, 4 * MINUTE] },
    TASK_QUEUE,
  );
  try {
    const chapterId = await chapter(service.db);
    for (let i = 0; i < MENTORS; i++) await mentor(service.db, { chapterId });
    let minute = 0;
    /** Six batches of an instant that no other sweep has used; the first sends, later ones find everybody cooling down. */
    const input = (more: SweepInput = {}): SweepInput => ({
      scenarioTypes: ['inactivity'],
      asOf: new Date(now.getTime() - 60 * MINUTE + ++minute * MINUTE).toISOString(),
      mentorsPerBatch: 1,
      ...more,
    });
    const gate = () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      before = () => promise;
      return () => {
        before = async () => {};
        resolve();
      };
    };
    const keep = (name: string, workflowId: string, runId?: string) =>
      record({ name, workflowId, ...(runId && { runId }) });
    const progressOf = (handle: Awaited<ReturnType<SweepService['startSweep']>>) => () =>
      handle.query<SweepProgress, []>('progress');

    const first = await service.startSweep(input());
    await first.result();
    await keep('scenarioSweep-completed', first.workflowId);
    const sent = `batch-inactivity-${(await progressOf(first)()).as_of}-of6-no1`;
    await keep('scenarioBatch-sent', sent);

    const suppressed = await service.startSweep(input());
    const { as_of } = await suppressed.result();
    await keep('scenarioBatch-nothing-claimed', `batch-inactivity-${as_of}-of6-no1`);

    let open = gate();
    const paused = await service.startSweep(input({ concurrency: 2 }));
    await until(async () => (await progressOf(paused)()).in_flight === 2);
    await keep('scenarioSweep-running', paused.workflowId);
    await keep('scenarioBatch-running', `batch-inactivity-${(await progressOf(paused)()).as_of}-of6-no1`);
    await paused.signal('pause');
    open();
    await until(async () => (await progressOf(paused)()).done === 2);
    await keep('scenarioSweep-paused', paused.workflowId);
    await paused.signal('resume');
    await paused.executeUpdate('setConcurrency', { args: [5] });
    await paused.result();
    await keep('scenarioSweep-resumed', paused.workflowId);

    const long = await service.startSweep(input({ batchesPerRun: 4 }));
    await long.result();
    await keep('scenarioSweep-continues-as-new', long.workflowId, long.firstExecutionRunId);
    await keep('scenarioSweep-continued', long.workflowId);

    open = gate();
    const stopped = await service.startSweep(input({ concurrency: 2 }));
    await until(async () => (await progressOf(stopped)()).in_flight === 2);
    await stopped.signal('stop');
    open();
    await stopped.result();
    await keep('scenarioSweep-stopped', stopped.workflowId);

    before = async ({ batchKey }) => {
      if (batchKey.endsWith('no3')) throw ApplicationFailure.nonRetryable('the range is cursed', 'Test');
    };
    const broken = input();
    const failing = await service.startSweep(broken);
    await failing.result().catch(() => {});
    await keep('scenarioSweep-failed', failing.workflowId);
    await keep('scenarioBatch-failed', `batch-inactivity-${(await progressOf(failing)()).as_of}-of6-no3`);
    before = async () => {};
    const repeated = await service.startSweep(broken);
    await repeated.result();
    await keep('scenarioSweep-finds-batches-done', repeated.workflowId);

    const refused = await service.startSweep(input({ asOf: new Date(now.getTime() + DAY).toISOString() }));
    await refused.result().catch(() => {});
    await keep('scenarioSweep-refused', refused.workflowId);

    const newcomer = await mentor(service.db, { chapterId });
    const [notification] = await startNotifications(service.client, service.repository, {
      userId: newcomer,
      scenarioType: 'inactivity',
      asOf: now,
    });
    await notification!.result!();
    await keep('notifyMentor-sent', notification!.candidate.idempotency_key);

    // As of the instant at which it starts.
    service.setNow(new Date());
    const event = `event-${randomUUID()}`;
    const reported = { userId: await mentor(service.db, { chapterId }) };
    const workflow = { workflowId: event, taskQueue: TASK_QUEUE, args: [reported] };
    await (await service.client.workflow.start('mentorEvent', workflow)).result();
    await keep('mentorEvent-notifies', event);
    service.setNow(now);

    await mentor(service.db, { chapterId });
    const stranded = `batch-${randomUUID()}`;
    await service.repository.evaluateAndClaim({
      lateness: 'report',
      batchKey: stranded,
      planKey: 'test',
      workflowId: stranded,
      runId: '',
      scenarioType: 'inactivity',
      asOf: now,
      now,
      range: rangeOf(0, 1),
    });
    service.setNow(new Date(now.getTime() + 3 * MINUTE));
    const start = async (type: string) => {
      const workflowId = `${type}-${randomUUID()}`;
      await (await service.client.workflow.start(type, { workflowId, taskQueue: TASK_QUEUE })).result();
      return workflowId;
    };
    await keep('settleStrandedClaims-takes-up', await start('settleStrandedClaims'));
    await service.client.workflow.getHandle(`settle-${stranded}`).result();
    await keep('settleBatch-settles', `settle-${stranded}`);
    await keep('settleStrandedClaims-finds-nothing', await start('settleStrandedClaims'));

    await device(service.db, newcomer, { token: 'unregistered-old', registeredAt: new Date(now.getTime() - 31 * DAY) });
    await keep('refreshDeviceTokens-invalidates', await start('refreshDeviceTokens'));

    const stale = async (tokens: number) => {
      for (let i = 0; i < tokens; i++) {
        const id = await mentor(service.db, { chapterId, devices: [] });
        await device(service.db, id, { registeredAt: new Date(now.getTime() - 31 * DAY) });
      }
    };
    tokenPace = { pageSize: 1, waitMs: 1 };
    await stale(3);
    await keep('refreshDeviceTokens-spread', await start('refreshDeviceTokens'));
    await stale(20);
    await keep('refreshDeviceTokens-continued', await start('refreshDeviceTokens'));

    // From here on the service's clock is moved: what waits for its next try goes on.
    let clock = new Date(now.getTime() + 3 * MINUTE);
    const pass = (ms: number) => service.setNow((clock = new Date(clock.getTime() + ms)));
    const isUnknown = async () =>
      (await service.db.selectFrom('scenario_claims').select('id').where('state', '=', 'unknown').execute()).length > 0;
    const unsure = async (...answers: Answer[]) => {
      const id = await mentor(service.db, { chapterId, devices: [] });
      const { token } = await device(service.db, id);
      service.emulator.script(token, ...answers);
    };
    const together = (more: SweepInput = {}) => input({ mentorsPerBatch: 100, ...more });
    const batchOf = async (sweep: Awaited<ReturnType<SweepService['startSweep']>>) =>
      `batch-inactivity-${(await progressOf(sweep)()).as_of}-of1-no1`;

    await unsure('truncated');
    const waiting = await service.startSweep(together());
    await until(isUnknown);
    await keep('scenarioBatch-waiting', await batchOf(waiting));
    pass(MINUTE);
    await waiting.result();
    await keep('scenarioBatch-waited', await batchOf(waiting));

    await unsure('truncated', 'truncated');
    const handing = await service.startSweep(together());
    await until(isUnknown);
    pass(MINUTE);
    await handing.result();
    const left = await batchOf(handing);
    await keep('scenarioBatch-hands-over', left);
    await keep('settleBatch-waiting', `settle-${left}`);
    pass(2 * MINUTE);
    await service.client.workflow.getHandle(`settle-${left}`).result();
    await keep('settleBatch-waited', `settle-${left}`);

    await mentor(service.db, { chapterId });
    const held = Promise.withResolvers<void>();
    let isHeld = false;
    beforeDispatch = () => {
      isHeld = true;
      return held.promise;
    };
    const withdrawing = await service.startSweep(together());
    await until(async () => isHeld);
    await withdrawing.signal('stop');
    await until(async () => {
      const open = service.db.selectFrom('scenario_claims').select('id').where('state', '=', 'open');
      return (await open.execute()).length === 0;
    });
    held.resolve();
    beforeDispatch = async () => {};
    await withdrawing.result();
    await keep('scenarioSweep-stop-withdraws', withdrawing.workflowId);

    for (const answer of ['resume', 'stop'] as const) {
      await mentor(service.db, { chapterId });
      // Against a history of sweeps that sent six at most, so that one is too many for a sweep that bears none.
      const braked = await service.startSweep(together({ brake: { factor: 1, minimum: 0 } }));
      await until(async () => (await progressOf(braked)()).state === 'braked');
      if (answer === 'resume') {
        await keep('scenarioSweep-braked', braked.workflowId);
        await keep('scenarioBatch-braked', await batchOf(braked));
      }
      await braked.signal(answer);
      await braked.result();
      await keep(`scenarioSweep-braked-and-${answer === 'resume' ? 'resumed' : 'stopped'}`, braked.workflowId);
    }

    open = gate();
    const shared = together();
    const lost = await service.startSweep(shared);
    await until(async () => (await progressOf(lost)()).in_flight === 1);
    const sharing = await service.startSweep(shared);
    await until(async () => (await progressOf(sharing)()).in_flight === 1);
    await sleep(2_500);
    await lost.terminate('by a recording');
    open();
    await sharing.result();
    await keep('scenarioSweep-waits-for-another', sharing.workflowId);
    pass(3 * MINUTE);
    await keep('settleStrandedClaims-ends-lost-runs', await start('settleStrandedClaims'));

    /** A mentor whose hours begin in an hour, for half an hour, by the service's clock. */
    const mentorOfLater = async () => {
      const later = await chapter(service.db, { timezone: 'UTC' });
      const [from, until] = [60, 90].map((minutes) => new Date(clock.getTime() + minutes * MINUTE).toISOString());
      await service.pool.query(
        'insert into delivery_policies (chapter_id, send_from, send_until) values ($1, $2, $3)',
        [later, from!.slice(11, 19), until!.slice(11, 19)],
      );
      await mentor(service.db, { chapterId: later });
    };
    await mentorOfLater();
    const deferring = await service.startSweep(together());
    await deferring.result();
    const deferred = await batchOf(deferring);
    await keep('scenarioBatch-defers', deferred);
    await keep('settleBatch-deferred', `settle-${deferred}`);
    pass(60 * MINUTE);
    await service.client.workflow.getHandle(`settle-${deferred}`).result();
    await keep('settleBatch-sent-in-hours', `settle-${deferred}`);

    await mentorOfLater();
    open = gate();
    const holdEvaluation = before;
    before = async (request) => (request.scenarioType === 'milestone' ? holdEvaluation(request) : undefined);
    const recalling = await service.startSweep(
      together({ scenarioTypes: ['inactivity', 'milestone'], concurrency: 1 }),
    );
    await until(async () => (await progressOf(recalling)()).done === 1);
    await recalling.signal('stop');
    open();
    await recalling.result();
    await keep('scenarioSweep-stop-withdraws-deferred', recalling.workflowId);
  } finally {
    await service.stop();
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('did not come about within a minute');
}
