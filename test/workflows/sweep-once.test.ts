import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { HOUR, MINUTE } from '../../domain/durations.ts';
import { chapter, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

/** Now is the machine's now: Schedules know no other. */
const now = new Date();
const MENTORS = 25;
let service: SweepService;
let evaluations = 0;
let loseAnswers = 0;

beforeAll(async () => {
  service = await startSweepService(now, (real) => ({
    async evaluateBatch(request) {
      evaluations++;
      const counts = await real.evaluateBatch(request);
      // Committed, and the worker dies before Temporal hears of it.
      if (loseAnswers-- > 0) throw new Error('the answer was lost');
      return counts;
    },
  }));
  const chapterId = await chapter(service.db);
  for (let i = 0; i < MENTORS; i++) await mentor(service.db, { chapterId });
});
afterAll(() => service.stop());

const messages = async () => (await service.emulator.ledger()).length;
const records = async () => (await service.db.selectFrom('scenario_notifications').selectAll().execute()).length;

describe('every mentor due is told once', () => {
  test('when the answer to the claim is lost: the retry gets exactly those claims', async () => {
    loseAnswers = 2;
    const result = await service.sweep({ scenarioTypes: ['inactivity'], asOf: now.toISOString() });
    expect(evaluations).toBe(3);
    expect(result.scenarios['inactivity']).toMatchObject({
      candidates: MENTORS,
      claimed: MENTORS,
      sent: MENTORS,
      suppressed: {},
    });
    expect(await messages()).toBe(MENTORS);
    expect(await records()).toBe(MENTORS);
  });

  test('also when a Schedule is triggered and that day is filled in again', async () => {
    const scheduleId = `sweep-inactivity-${randomUUID()}`;
    // Twelve hours ago, whatever the time: what is filled in is one day's sweep.
    const backfilledHour = (now.getUTCHours() + 12) % 24;
    const schedule = await service.client.schedule.create({
      scheduleId,
      spec: { cronExpressions: [`0 ${backfilledHour} * * *`], timezone: 'UTC' },
      policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: '10 minutes' },
      state: { paused: true },
      action: {
        type: 'startWorkflow',
        workflowType: 'scenarioSweep',
        workflowId: scheduleId,
        taskQueue: service.temporal.taskQueue,
        args: [{ scenarioTypes: ['inactivity'] }],
      },
    });
    const sweeps = async () => {
      const { info } = await schedule.describe();
      return info.recentActions.map(
        (action) => (action.action as { workflow: { workflowId: string } }).workflow.workflowId,
      );
    };
    const untilSwept = async (times: number) => {
      for (let i = 0; i < 1_200 && (await sweeps()).length < times; i++) await sleep(50);
      return sweeps();
    };
    // The service's clock stands; the trigger's nominal time must not lie in its future, however slow the machine.
    service.setNow(new Date(now.getTime() + 5 * MINUTE));
    await schedule.trigger();
    // The server keeps one pending request: a backfill that comes too early takes the trigger's place.
    expect(await untilSwept(1)).toHaveLength(1);
    await schedule.backfill({
      start: new Date(now.getTime() - 18 * HOUR),
      end: new Date(now.getTime() - 6 * HOUR),
      overlap: ScheduleOverlapPolicy.ALLOW_ALL,
    });
    const ids = await untilSwept(2);
    expect(ids).toHaveLength(2);
    const backfilled = ids.find((id) => id.endsWith(`T${String(backfilledHour).padStart(2, '0')}:00:00Z`))!;
    await Promise.all(ids.map((id) => service.client.workflow.getHandle(id).result()));
    await schedule.delete();
    const run = await service.db
      .selectFrom('evaluation_runs')
      .selectAll()
      .where('workflow_id', '=', backfilled)
      .executeTakeFirstOrThrow();
    expect(run.as_of.toISOString()).toBe(backfilled.slice(-20).replace('Z', '.000Z'));
    // The day filled in is today or yesterday, as the clock has it.
    expect([{ already_sent: MENTORS }, { cooldown: MENTORS }]).toContainEqual(run.suppressed);

    expect(await messages()).toBe(MENTORS);
    expect(await records()).toBe(MENTORS);
  });

  test('and not again by single notifications', async () => {
    const { startNotifications } = await import('../../client/notifications.ts');
    const mentors = await service.db.selectFrom('users').select('id').execute();
    const starts = await startNotifications(service.client, service.repository, {
      userId: mentors[0]!.id,
      scenarioType: 'inactivity',
      asOf: now,
    });
    expect(starts).toMatchObject([{ status: 'suppressed', candidate: { reason: 'already_sent' } }]);
  });
});
