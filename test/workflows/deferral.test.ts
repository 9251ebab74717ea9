import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchRequest } from '../../activities/create-activities.ts';
import { HOUR, MINUTE, SECOND } from '../../domain/durations.ts';
import type { SweepInput } from '../../workflows/scenario-sweep.ts';
import type { settleBatch } from '../../workflows/settle-batch.ts';
import type { settleStrandedClaims } from '../../workflows/settle-stranded-claims.ts';
import { startNotifications } from '../../client/notifications.ts';
import { TASK_QUEUE } from '../../client/task-queue.ts';
import { chapter, device, mentor, organization } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

/** A clock that the tests move; Temporal's timers run by themselves, as long as the service asks for. */
const asOf = new Date('2026-11-20T09:00:00Z');
let service: SweepService;
let organizationId: string;
let beforeEvaluation: (request: BatchRequest) => Promise<void> = async () => {};
let sweeps = 0;

beforeAll(async () => {
  service = await startSweepService(
    asOf,
    (real) => ({
      async evaluateBatch(request) {
        await beforeEvaluation(request);
        return real.evaluateBatch(request);
      },
    }),
    {},
    TASK_QUEUE,
  );
  organizationId = await organization(service.db, { timezone: 'UTC' });
});
afterAll(() => service.stop());
afterEach(async () => {
  beforeEvaluation = async () => {};
  service.setNow(asOf);
  await service.pool.query(
    'truncate follow_up_notification_log, scenario_notifications, scenario_claims, evaluation_batches, evaluation_runs, logged_skips, push_gates, users, delivery_policies cascade',
  );
});

const after = (ms: number) => new Date(asOf.getTime() + ms);
const wall = (at: Date) => at.toISOString().slice(11, 19);

/** So many mentors who are due, in a chapter whose hours begin then, for half an hour; null: any hour. */
async function dueMentors(n: number, opens: Date | null): Promise<string[]> {
  const chapterId = await chapter(service.db, { organizationId });
  const [from, until] = opens ? [wall(opens), wall(new Date(opens.getTime() + 30 * MINUTE))] : ['00:00', '00:00'];
  await service.pool.query('insert into delivery_policies (chapter_id, send_from, send_until) values ($1, $2, $3)', [
    chapterId,
    from,
    until,
  ]);
  const ids = await Promise.all(Array.from({ length: n }, () => mentor(service.db, { chapterId, devices: [] })));
  for (const id of ids) await device(service.db, id, { token: `token-${id}` });
  return ids;
}

const input = (more: SweepInput = {}): SweepInput => ({
  scenarioTypes: ['inactivity'],
  // Of an instant that no other test has used: its batches are its own.
  asOf: after(-++sweeps * SECOND).toISOString(),
  mentorsPerBatch: 100,
  ...more,
});

const postsTo = async (ids: readonly string[]) =>
  (await service.emulator.ledger()).filter((entry) => ids.some((id) => entry.token === `token-${id}`));
const runOf = (workflowId: string) =>
  service.db.selectFrom('evaluation_runs').selectAll().where('workflow_id', '=', workflowId).executeTakeFirstOrThrow();
const batchKeys = async () =>
  (await service.db.selectFrom('evaluation_batches').select('batch_key').execute()).map((row) => row.batch_key);
const waitOf = (batchKey: string) => service.client.workflow.getHandle<typeof settleBatch>(`settle-${batchKey}`);
const detailsOf = async (workflowId: string) =>
  (
    await service.client.workflow
      .getHandle(workflowId)
      .query<{ currentDetails: string }>('__temporal_workflow_metadata')
  ).currentDetails;

async function lookForStranded() {
  const handle = await service.client.workflow.start<typeof settleStrandedClaims>('settleStrandedClaims', {
    workflowId: `look-${randomUUID()}`,
    taskQueue: service.temporal.taskQueue,
    args: [],
  });
  return handle.result();
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('did not come about within a minute');
}

describe('a sweep a quarter of whose notifications are due outside of the hours of their mentors', () => {
  test('sends the others, ends, and leaves the rest to one workflow that says for how many it waits and until when', async () => {
    const opens = after(2 * HOUR);
    const now = await dueMentors(9, null);
    const later = await dueMentors(3, opens);
    const sweep = await service.startSweep(input());
    expect((await sweep.result()).scenarios['inactivity']).toMatchObject({
      claimed: 12,
      sent: 9,
      deferred: 3,
      failed: 0,
      unknown: 0,
      withdrawn: 0,
    });
    expect(await runOf(sweep.workflowId)).toMatchObject({ end_state: 'finished', claimed: 12, sent: 9, deferred: 3 });
    expect(await postsTo(now)).toHaveLength(9);
    expect(await postsTo(later)).toEqual([]);
    expect(await detailsOf(sweep.workflowId)).toMatch(/\| deferred \|[^]*\| 12 \| 9 \| 0 \| 0 \| 3 \| 0 \|/);

    const [batchKey] = await batchKeys();
    const wait = await waitOf(batchKey!).describe();
    expect(wait.status.name).toBe('RUNNING');
    expect(await wait.staticSummary()).toBe(`3 inactivity deferred until ${opens.toISOString()}`);
    expect(await detailsOf(wait.workflowId)).toMatch(
      `**waiting** until ${opens.toISOString()} · 3 of what is left of ${batchKey}: their mentors' hours begin then`,
    );
    // It sleeps: nothing is looked at again and again.
    const { historyLength } = wait;
    await sleep(2 * SECOND);
    expect((await waitOf(batchKey!).describe()).historyLength).toBe(historyLength);
    await waitOf(batchKey!).terminate();
  });

  test('sends what waited when its hours begin, batch by batch, and its run counts right', async () => {
    const opens = after(4 * SECOND);
    const now = await dueMentors(9, null);
    const later = await dueMentors(3, opens);
    const sweep = await service.startSweep(input({ mentorsPerBatch: 4 }));
    expect((await sweep.result()).scenarios['inactivity']).toMatchObject({ claimed: 12, sent: 9, deferred: 3 });
    service.setNow(opens);
    await until(async () => (await runOf(sweep.workflowId)).sent === 12);
    expect(await runOf(sweep.workflowId)).toMatchObject({ end_state: 'finished', deferred: 0, unknown: 0 });
    expect(await postsTo([...now, ...later])).toHaveLength(12);
  });

  test('waits in one workflow a batch, also for hours that begin at different times', async () => {
    const early = await dueMentors(2, after(3 * SECOND));
    const late = await dueMentors(2, after(2 * HOUR));
    const sweep = await service.startSweep(input());
    expect((await sweep.result()).scenarios['inactivity']).toMatchObject({ claimed: 4, sent: 0, deferred: 4 });
    service.setNow(after(3 * SECOND));
    await until(async () => (await runOf(sweep.workflowId)).sent === 2);
    expect(await runOf(sweep.workflowId)).toMatchObject({ deferred: 2, unknown: 0 });
    expect(await postsTo(early)).toHaveLength(2);
    expect(await postsTo(late)).toEqual([]);
    const [batchKey] = await batchKeys();
    await until(async () => (await detailsOf(`settle-${batchKey}`)).includes(after(2 * HOUR).toISOString()));
    await waitOf(batchKey!).terminate();
  });

  test('counts what is recalled while it waits as withdrawn, and the workflow that waits ends in peace', async () => {
    const opens = after(4 * SECOND);
    const later = await dueMentors(3, opens);
    const sweep = await service.startSweep(input());
    await sweep.result();
    const which = { scenarioTypes: null, workflowId: sweep.workflowId };
    expect(await service.repository.withdrawClaims(which, 'recalled', asOf)).toEqual({ withdrawn: 3, left_alone: 0 });
    expect(await runOf(sweep.workflowId)).toMatchObject({ deferred: 0, withdrawn: 3 });
    service.setNow(opens);
    const [batchKey] = await batchKeys();
    expect(await waitOf(batchKey!).result()).toMatchObject({ sent: 0, deferred: 0, withdrawn: 3 });
    expect(await postsTo(later)).toEqual([]);
  });

  test('when it is stopped, withdraws it as well', async () => {
    await dueMentors(3, after(2 * HOUR));
    const open = Promise.withResolvers<void>();
    let evaluations = 0;
    beforeEvaluation = async () => {
      if (++evaluations === 3) await open.promise;
    };
    const sweep = await service.startSweep(input({ mentorsPerBatch: 1, concurrency: 1 }));
    await until(() => evaluations === 3);
    const claimed = (await service.db.selectFrom('scenario_claims').select('id').execute()).length;
    await sweep.signal('stop');
    open.resolve();
    const { scenarios } = await sweep.result();
    expect(scenarios['inactivity']!.claimed).toBeGreaterThanOrEqual(claimed);
    expect(scenarios['inactivity']).toMatchObject({
      deferred: 0,
      withdrawn: scenarios['inactivity']!.claimed,
      sent: 0,
    });
    const states = await service.db.selectFrom('scenario_claims').select(['state', 'release_reason']).execute();
    expect(new Set(states.map((each) => `${each.state} ${each.release_reason}`))).toEqual(
      new Set(['released stopped']),
    );
    for (const key of await batchKeys())
      await waitOf(key)
        .terminate()
        .catch(() => {});
  });
});

describe('a workflow that waits for the hours of mentors', () => {
  test('is not doubled by the look for stranded claims', async () => {
    await dueMentors(2, after(2 * HOUR));
    await service.sweep(input());
    service.setNow(after(HOUR));
    expect(await lookForStranded()).toMatchObject({ taken_up: 0 });
    const [batchKey] = await batchKeys();
    expect((await waitOf(batchKey!).describe()).status.name).toBe('RUNNING');
    await waitOf(batchKey!).terminate();
  });

  test('and is terminated loses nothing: what it waited for is found two minutes after those have begun', async () => {
    const opens = after(2 * HOUR);
    const later = await dueMentors(2, opens);
    const sweep = await service.startSweep(input());
    await sweep.result();
    const [batchKey] = await batchKeys();
    await waitOf(batchKey!).terminate('by a test');
    service.setNow(new Date(opens.getTime() + 2 * MINUTE));
    expect(await lookForStranded()).toMatchObject({ taken_up: 0 });
    service.setNow(new Date(opens.getTime() + 2 * MINUTE + 1));
    expect(await lookForStranded()).toMatchObject({ taken_up: 1 });
    await waitOf(batchKey!).result();
    expect(await runOf(sweep.workflowId)).toMatchObject({ deferred: 0, sent: 2 });
    expect(await postsTo(later)).toHaveLength(2);
  });
});

test('notify outside of the hours claims, says that it is deferred, and sends when they begin', async () => {
  const opens = after(4 * SECOND);
  const [userId] = await dueMentors(1, opens);
  const request = { userId: userId!, scenarioType: 'inactivity', asOf } as const;
  const [start] = await startNotifications(service.client, service.repository, request);
  expect(await start!.result!()).toMatchObject({ claimed: 1, sent: 0, deferred: 1, unknown: 0 });
  const [batchKey] = await batchKeys();
  service.setNow(opens);
  expect(await waitOf(batchKey!).result()).toMatchObject({ sent: 1, deferred: 0 });
  expect(await postsTo([userId!])).toHaveLength(1);
});
