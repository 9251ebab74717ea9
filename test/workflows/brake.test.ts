import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchRequest } from '../../activities/create-activities.ts';
import { listRuns } from '../../db/list-runs.ts';
import { DAY, HOUR, MINUTE } from '../../domain/durations.ts';
import type { SweepInput } from '../../workflows/scenario-sweep.ts';
import type { SweepProgress } from '../../workflows/sweep-messages.ts';
import { chapter, daysBefore } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
/** Of whom a rule of 30 days is about, and those whom one of 3 days is about as well. */
const QUIET = 10;
const RECENT = 150;
let service: SweepService;
let chapterId: string;
let sweeps = 0;
let before: (request: BatchRequest) => Promise<void> = async () => {};
let evaluated = 0;

beforeAll(async () => {
  service = await startSweepService(asOf, (real) => ({
    async evaluateBatch(request) {
      await before(request);
      evaluated++;
      return real.evaluateBatch(request);
    },
  }));
  chapterId = await chapter(service.db);
  await mentors(QUIET, 40);
  await mentors(RECENT, 10);
});
afterAll(() => service.stop());
afterEach(async () => {
  before = async () => {};
  evaluated = 0;
  service.setNow(asOf);
  await setRule(30);
  await service.pool.query(
    'truncate follow_up_notification_log, scenario_notifications, scenario_claims, evaluation_batches, evaluation_runs, sweep_brakes cascade',
  );
});

async function mentors(n: number, quietForDays: number): Promise<void> {
  await sql`
    with mentors as (
      insert into users (chapter_id, role, created_at)
      select ${chapterId}::uuid, 'peer_mentor', '2020-01-01' from generate_series(1, ${n}::int) returning id
    ),
    activity as (
      insert into activities (user_id, activity_date) select id, ${daysBefore(asOf, quietForDays)}::date from mentors
    )
    insert into device_tokens (user_id, token, platform) select id, 'token-' || id, 'android' from mentors`.execute(
    service.db,
  );
}

async function setRule(inactiveDays: number): Promise<void> {
  await sql`
    update scenario_rules set parameters = ${JSON.stringify({ inactive_days: inactiveDays })}::jsonb
    where scenario_type = 'inactivity'`.execute(service.db);
}

/** Of an instant that no other test has used: its batches are its own. */
const input = (more: SweepInput = {}): SweepInput => ({
  scenarioTypes: ['inactivity'],
  asOf: new Date(asOf.getTime() - ++sweeps * 1_000).toISOString(),
  ...more,
});

/** A sweep under 30 days that found the quiet ones, and then one under 3 days, which is braked. */
async function startBraked(more: SweepInput = {}) {
  await service.sweep(input());
  await setRule(3);
  const handle = await service.startSweep(input(more));
  await until(async () => (await progressOf(handle)).braked !== undefined);
  return handle;
}

type Handle = Awaited<ReturnType<SweepService['startSweep']>>;
const progressOf = (handle: Handle) => handle.query<SweepProgress, []>('progress');
const runOf = async ({ workflowId }: Handle, type = 'inactivity') =>
  (await listRuns(service.db, 20)).find((run) => run.workflow_id === workflowId && run.scenario_type === type)!;

/** How many messages have left since the last time this was asked, and whether any went to one device twice. */
let seen = 0;
async function left(): Promise<{ messages: number; twice: number }> {
  const ledger = (await service.emulator.ledger()).slice(seen);
  seen += ledger.length;
  return { messages: ledger.length, twice: ledger.length - new Set(ledger.map(({ token }) => token)).size };
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('did not come about within a minute');
}

describe('a rule that is changed from 30 to 3 days', () => {
  test('is braked: progress and runs have both numbers, and nothing of it leaves', async () => {
    const handle = await startBraked();
    expect(await left()).toEqual({ messages: QUIET, twice: 0 });
    const until = new Date(asOf.getTime() + 6 * HOUR).toISOString();
    expect(await progressOf(handle)).toMatchObject({
      state: 'braked',
      braked: { inactivity: { expected: RECENT, usual: QUIET, sweeps: 1, until } },
      in_flight: 0,
      done: 0,
    });
    expect(await runOf(handle)).toMatchObject({
      state: 'braked',
      claimed: RECENT,
      sent: 0,
      brake: { state: 'braked', expected: RECENT, usual: QUIET, sweeps: 1 },
    });
    await sleep(2_000);
    expect(await left()).toMatchObject({ messages: 0 });
    await handle.signal('stop');
    await handle.result();
  });

  test('is sent once when it is resumed', async () => {
    const handle = await startBraked();
    await left();
    await handle.signal('resume');
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({
      claimed: RECENT,
      sent: RECENT,
      withdrawn: 0,
    });
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
    expect(await runOf(handle)).toMatchObject({ state: 'finished', brake: { state: 'released' } });
    expect((await progressOf(handle)).braked).toBeUndefined();
  });

  test('is looked at again when it is resumed: a rule that was mended meanwhile sends only what it should', async () => {
    const handle = await startBraked();
    await left();
    await setRule(30);
    await handle.signal('resume');
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({ sent: 0, withdrawn: RECENT });
    expect(await left()).toMatchObject({ messages: 0 });
  });

  test('is withdrawn when it is stopped', async () => {
    const handle = await startBraked();
    await left();
    await handle.signal('stop');
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({
      claimed: RECENT,
      sent: 0,
      withdrawn: RECENT,
    });
    expect(await left()).toMatchObject({ messages: 0 });
    expect(await runOf(handle)).toMatchObject({ state: 'stopped', unknown: 0, brake: { state: 'withdrawn' } });
    expect(await progressOf(handle)).toMatchObject({
      state: 'stopped',
      scenarios: { inactivity: { withdrawn: RECENT } },
    });
  });

  test('waits a millisecond short of six hours for an answer, and is withdrawn after them', async () => {
    const handle = await startBraked();
    await left();
    service.setNow(new Date(asOf.getTime() + 6 * HOUR - 1));
    await sleep(5_000);
    expect(await progressOf(handle)).toMatchObject({ state: 'braked' });
    service.setNow(new Date(asOf.getTime() + 6 * HOUR));
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({ sent: 0, withdrawn: RECENT });
    expect(await left()).toMatchObject({ messages: 0 });
    expect(await runOf(handle)).toMatchObject({ state: 'finished', brake: { state: 'withdrawn' } });
  });

  test('and withdrawn is no measure: the next sweep is braked by what was usual before', async () => {
    const handle = await startBraked();
    service.setNow(new Date(asOf.getTime() + 6 * HOUR));
    await handle.result();
    service.setNow(asOf);
    const next = await service.startSweep(input());
    await until(async () => (await progressOf(next)).braked !== undefined);
    expect((await progressOf(next)).braked).toMatchObject({ inactivity: { usual: QUIET, sweeps: 1 } });
    await next.signal('stop');
    await next.result();
  });

  test('is sent where the sweep has no brake, or one that bears it', async () => {
    await service.sweep(input());
    await setRule(3);
    await left();
    const result = await service.sweep(input({ brake: false }));
    expect(result.scenarios['inactivity']).toMatchObject({ sent: RECENT });
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
  });

  test.each([{ factor: RECENT / QUIET }, { minimum: RECENT }])(
    'is sent with %j, which it does not exceed',
    async (brake) => {
      await service.sweep(input());
      await setRule(3);
      const result = await service.sweep(input({ brake }));
      expect(result.scenarios['inactivity']).toMatchObject({ sent: RECENT });
      await left();
    },
  );

  test('is sent where the sweep is limited to what is not too many', async () => {
    await service.sweep(input());
    await setRule(3);
    const result = await service.sweep(input({ limit: 100, mentorsPerBatch: 20 }));
    expect(result.scenarios['inactivity']).toMatchObject({ sent: 100 });
    await left();
  });
});

describe('a braked sweep', () => {
  test('of many batches evaluates them all, so that its number is exact, and continues as new meanwhile', async () => {
    const handle = await startBraked({ mentorsPerBatch: 10, batchesPerRun: 5 });
    await left();
    await until(async () => (await progressOf(handle)).braked?.['inactivity']?.expected === RECENT && evaluated === 17);
    await until(async () => (await progressOf(handle)).in_flight === 0);
    expect(await left()).toMatchObject({ messages: 0 });
    await handle.signal('resume');
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({ mentors_evaluated: 160, sent: RECENT });
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
    expect(await progressOf(handle)).toMatchObject({ state: 'finished', done: 16, failed: 0 });
  });

  test('sends its other types meanwhile', async () => {
    await service.sweep(input({ scenarioTypes: ['inactivity', 'certification_expiry'] }));
    await sql`
      insert into certifications (user_id, certification_type, expires_on)
      select id, 'first aid', ${daysBefore(asOf, -7)}::date from users limit 5`.execute(service.db);
    await setRule(3);
    await left();
    const handle = await service.startSweep(
      input({ scenarioTypes: ['inactivity', 'certification_expiry'], mentorsPerBatch: 20 }),
    );
    await until(async () => (await progressOf(handle)).braked !== undefined);
    await until(async () => (await progressOf(handle)).done === 8);
    expect(await left()).toMatchObject({ messages: 5 });
    expect((await progressOf(handle)).scenarios).toMatchObject({ certification_expiry: { sent: 5 } });
    await handle.signal('stop');
    expect((await handle.result()).scenarios).toMatchObject({
      inactivity: { sent: 0, withdrawn: RECENT },
      certification_expiry: { sent: 5, withdrawn: 0 },
    });
    await service.pool.query('delete from certifications');
  });

  test('that shares its batches with another is answered for both, and sends once', async () => {
    await service.sweep(input());
    await setRule(3);
    await left();
    const same = input({ mentorsPerBatch: 20 });
    const [one, two] = [await service.startSweep(same), await service.startSweep(same)];
    for (const each of [one, two]) await until(async () => (await progressOf(each)).braked !== undefined);
    await one.signal('resume');
    for (const each of [one, two]) {
      expect((await each.result()).scenarios['inactivity']).toMatchObject({ claimed: RECENT, sent: RECENT });
    }
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
  });

  test('is sent by another of the same instant that has no brake', async () => {
    const same = input();
    await service.sweep(input());
    await setRule(3);
    const braked = await service.startSweep(same);
    await until(async () => (await progressOf(braked)).braked !== undefined);
    await left();
    await service.sweep({ ...same, brake: false });
    expect((await braked.result()).scenarios['inactivity']).toMatchObject({ sent: RECENT });
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
  });

  test('stays braked when a pause ends that began before it was', async () => {
    await service.sweep(input());
    await setRule(3);
    await left();
    const { promise, resolve } = Promise.withResolvers<void>();
    let isHeld = false;
    before = () => {
      isHeld = true;
      return promise;
    };
    const handle = await service.startSweep(input());
    await until(() => isHeld);
    await handle.signal('pause');
    resolve();
    await until(async () => (await progressOf(handle)).braked !== undefined);
    expect(await progressOf(handle)).toMatchObject({ state: 'paused' });
    await handle.signal('resume');
    await until(async () => (await progressOf(handle)).state === 'braked');
    await sleep(2_000);
    expect(await left()).toMatchObject({ messages: 0 });
    await handle.signal('resume');
    await handle.result();
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
  });

  test('that is paused sends nothing until it is resumed, once', async () => {
    const handle = await startBraked();
    await handle.signal('pause');
    await left();
    await handle.signal('resume');
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({ sent: RECENT });
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
  });

  test('is left alone by who looks for stranded claims, and is withdrawn by them once it was terminated', async () => {
    const handle = await startBraked();
    await left();
    const look = async () => {
      const started = await service.client.workflow.start('settleStrandedClaims', {
        workflowId: `look-${++sweeps}`,
        taskQueue: service.temporal.taskQueue,
      });
      return (await started.result()) as { taken_up: number; runs_ended: number };
    };
    service.setNow(new Date(asOf.getTime() + 10 * MINUTE));
    expect(await look()).toMatchObject({ taken_up: 0, runs_ended: 0 });
    await handle.terminate('by a test');
    service.setNow(new Date(asOf.getTime() + 6 * HOUR));
    expect(await look()).toMatchObject({ runs_ended: 1 });
    const { plan_key } = await runOf(handle);
    expect(await look()).toMatchObject({ taken_up: 1 });
    const [batch] = await service.db
      .selectFrom('evaluation_batches')
      .select('batch_key')
      .where('plan_key', '=', plan_key)
      .execute();
    await service.client.workflow.getHandle(`settle-${batch!.batch_key}`).result();
    expect(await runOf(handle)).toMatchObject({ state: 'terminated', unknown: 0, withdrawn: RECENT });
    expect(await left()).toMatchObject({ messages: 0 });
  });
});

test('a sweep of the past that only reports is not braked', async () => {
  await setRule(3);
  const result = await service.sweep({ ...input(), asOf: new Date(asOf.getTime() - DAY).toISOString() });
  expect(result.scenarios['inactivity']).toMatchObject({ claimed: 0 });
  await left();
});

test.each<[unknown, string]>([
  [{ brake: true }, 'brake: expected false, or an object such as {"factor": 3, "minimum": 100}'],
  [{ brake: { factor: 0.5 } }, 'with a factor from 1 to 1000'],
  [{ brake: { minimum: -1 } }, 'a whole minimum, 0 or more'],
  [{ brake: { maximum: 5 } }, 'brake: expected false'],
])('a sweep with %j is refused in words', async (bad, message) => {
  const handle = await service.startSweep(bad as SweepInput);
  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'E_SWEEP_INPUT', message: expect.stringContaining(message) },
  });
});
