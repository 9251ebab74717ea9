import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { listSchedules } from '../../client/schedule-rows.ts';
import { DEFAULT_SCHEDULES, type ScheduleDefinition } from '../../client/schedule-definitions.ts';
import { applySchedules, ownSchedules } from '../../client/schedules.ts';
import { temporalOfOneFile } from '../support/temporal-namespace.ts';
import type { TestConnection } from '../support/temporal.ts';

let temporal: TestConnection;

beforeAll(async () => {
  temporal = await temporalOfOneFile();
});
afterEach(async () => {
  for (const { scheduleId } of await ownSchedules(temporal.client))
    await temporal.client.schedule.getHandle(scheduleId).delete();
});
afterAll(() => temporal.close());

const apply = (definitions: readonly ScheduleDefinition[] = DEFAULT_SCHEDULES, options = {}) =>
  applySchedules(temporal.client, definitions, options);
const schedule = (id: string) => temporal.client.schedule.getHandle(id);
const changed = (id: string, change: Partial<ScheduleDefinition>) =>
  DEFAULT_SCHEDULES.map((definition) => (definition.id === id ? { ...definition, ...change } : definition));
const names = (changes: Awaited<ReturnType<typeof apply>>) =>
  Object.fromEntries(changes.map((each) => [each.schedule_id, each.change]));

describe('applying', () => {
  test('creates every Schedule paused, and finds nothing to change the second time', async () => {
    expect(new Set(Object.values(names(await apply())))).toEqual(new Set(['created']));
    const { state, policies, action } = await schedule('sweep-inactivity').describe();
    expect(state).toMatchObject({ paused: true, note: 'Paused until somebody starts it.' });
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 600_000 });
    expect(action).toMatchObject({
      workflowExecutionTimeout: 20 * 3_600_000,
      args: [{ scenarioTypes: ['inactivity'], timezone: 'Europe/Oslo' }],
    });
    const again = await apply();
    expect(again).toHaveLength(DEFAULT_SCHEDULES.length);
    expect(again.every(({ change, fields }) => change === 'unchanged' && fields.length === 0)).toBe(true);
  });

  test('says field by field what it changes, and only there', async () => {
    await apply();
    const changes = await apply(changed('sweep-inactivity', { cron: '0 9 * * *', timezone: 'Europe/London' }));
    expect(changes.filter(({ change }) => change !== 'unchanged')).toEqual([
      {
        schedule_id: 'sweep-inactivity',
        change: 'updated',
        fields: [
          { field: 'cron', from: '7 12 * * *', to: '0 9 * * *' },
          { field: 'timezone', from: 'Europe/Oslo', to: 'Europe/London' },
          {
            field: 'input',
            from: '[{"scenarioTypes":["inactivity"],"timezone":"Europe/Oslo"}]',
            to: '[{"scenarioTypes":["inactivity"],"timezone":"Europe/London"}]',
          },
        ],
      },
    ]);
    const [next] = (await schedule('sweep-inactivity').describe()).info.nextActionTimes;
    expect(new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', timeStyle: 'short' }).format(next)).toBe(
      '09:00',
    );
  });

  test('undoes what was edited by hand, and says so', async () => {
    await apply();
    await schedule('sweep-milestone').update((present) => ({
      ...present,
      spec: { cronExpressions: ['30 17 * * 1-5'], timezone: 'Europe/Oslo' },
      policies: { ...present.policies, overlap: ScheduleOverlapPolicy.ALLOW_ALL },
    }));
    const changes = await apply();
    expect(changes.find(({ change }) => change === 'updated')).toEqual({
      schedule_id: 'sweep-milestone',
      change: 'updated',
      fields: [
        { field: 'cron', from: '30 17 * * 1,2,3,4,5', to: '7 10 * * *' },
        { field: 'overlap', from: 'ALLOW_ALL', to: 'SKIP' },
      ],
    });
  });

  test('keeps what the operator decided: a pause with its note, and that it runs', async () => {
    await apply();
    await schedule('sweep-inactivity').unpause('Go.');
    await schedule('sweep-milestone').pause('Holiday until the 7th.');
    const wanted = changed('sweep-milestone', { cron: '0 18 * * *' }).map((each) =>
      each.id === 'sweep-inactivity' ? { ...each, cron: '0 8 * * *' } : each,
    );
    await apply(wanted, { running: true });
    expect((await schedule('sweep-inactivity').describe()).state).toMatchObject({ paused: false, note: 'Go.' });
    expect((await schedule('sweep-milestone').describe()).state).toMatchObject({
      paused: true,
      note: 'Holiday until the 7th.',
    });
  });

  test('creates running what is configured so', async () => {
    await apply(changed('sweep-milestone', { paused: false }));
    const rows = await listSchedules(temporal.client);
    expect(rows.filter((row) => !row.paused).map((row) => row.schedule_id)).toEqual(['sweep-milestone']);
  });

  test('removes what it made and is no longer wanted, and never what it did not make', async () => {
    const action = { type: 'startWorkflow' as const, workflowType: 'theirs', taskQueue: 'theirs' };
    await temporal.client.schedule.create({ scheduleId: 'sweep-theirs', spec: {}, action });
    await apply([...DEFAULT_SCHEDULES, { ...DEFAULT_SCHEDULES[0]!, id: 'sweep-birthday' }]);
    await untilListed('sweep-birthday');
    expect(names(await apply(DEFAULT_SCHEDULES.slice(1)))).toMatchObject({
      'sweep-birthday': 'removed',
      [DEFAULT_SCHEDULES[0]!.id]: 'removed',
    });
    const left = (await ownSchedules(temporal.client)).map(({ scheduleId }) => scheduleId);
    expect(left).toEqual(
      DEFAULT_SCHEDULES.slice(1)
        .map(({ id }) => id)
        .sort(),
    );
    expect((await schedule('sweep-theirs').describe()).action.workflowType).toBe('theirs');
    await schedule('sweep-theirs').delete();
  });

  test('refuses, before it changes anything, where an id belongs to somebody else', async () => {
    const action = { type: 'startWorkflow' as const, workflowType: 'theirs', taskQueue: 'theirs' };
    await temporal.client.schedule.create({ scheduleId: 'refresh-device-tokens', spec: {}, action });
    await expect(apply()).rejects.toThrow(/E_SCHEDULE_TAKEN: Schedule refresh-device-tokens .* theirs/);
    expect(await ownSchedules(temporal.client)).toEqual([]);
    await schedule('refresh-device-tokens').delete();
  });

  test('dry changes nothing and says the same', async () => {
    expect(new Set(Object.values(names(await apply(DEFAULT_SCHEDULES, { dryRun: true }))))).toEqual(
      new Set(['created']),
    );
    expect(await ownSchedules(temporal.client)).toEqual([]);
    await apply();
    const wanted = changed('sweep-inactivity', { cron: '0 9 * * *' }).filter(({ id }) => id !== 'sweep-milestone');
    const said = await apply(wanted, { dryRun: true });
    expect(names(said)).toMatchObject({
      'sweep-inactivity': 'updated',
      'sweep-milestone': 'removed',
      'sweep-welcome_back': 'unchanged',
    });
    expect(await apply(wanted)).toEqual(said);
  });

  test('five times at once comes to the same Schedules as once', async () => {
    const fiveTimes = (definitions: readonly ScheduleDefinition[]) =>
      Promise.all(Array.from({ length: 5 }, () => apply(definitions)));
    const created = (await fiveTimes(DEFAULT_SCHEDULES)).flat().filter(({ change }) => change === 'created');
    expect(created.map(({ schedule_id }) => schedule_id).sort()).toEqual(DEFAULT_SCHEDULES.map(({ id }) => id).sort());
    const wanted = changed('sweep-inactivity', { cron: '5 9 * * *' }).filter(({ id }) => id !== 'sweep-milestone');
    await fiveTimes(wanted);
    expect((await apply(wanted)).every(({ change }) => change === 'unchanged')).toBe(true);
    expect((await ownSchedules(temporal.client)).map(({ scheduleId }) => scheduleId)).toEqual(
      wanted.map(({ id }) => id).sort(),
    );
  });
});

test('a list shows runs that were skipped because the one before had not ended', async () => {
  await apply();
  const handle = schedule('settle-stranded-claims');
  // Nobody works on the task queue: the first run does not end.
  await handle.trigger(ScheduleOverlapPolicy.SKIP);
  const row = async () =>
    (await listSchedules(temporal.client)).find((each) => each.schedule_id === 'settle-stranded-claims')!;
  for (let i = 0; i < 1_200 && (await row()).running.length === 0; i++) await sleep(50);
  await handle.trigger(ScheduleOverlapPolicy.SKIP);
  for (let i = 0; i < 1_200 && (await row()).overlapped === 0; i++) await sleep(50);
  const { running, overlapped, missed, last_run_at } = await row();
  expect({ overlapped, missed }).toEqual({ overlapped: 1, missed: 0 });
  expect(last_run_at).not.toBeNull();
  await temporal.client.workflow.getHandle(running[0]!).terminate('test');
});

/** What lists show follows a moment later. */
async function untilListed(id: string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    for await (const { scheduleId } of temporal.client.schedule.list()) if (scheduleId === id) return;
    await sleep(50);
  }
}
