import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { sql } from 'kysely';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchRequest } from '../../activities/create-activities.ts';
import { listRuns } from '../../db/list-runs.ts';
import type { SweepInput } from '../../workflows/scenario-sweep.ts';
import type { SweepProgress } from '../../workflows/sweep-messages.ts';
import { chapter, daysBefore } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

export const asOf = new Date('2026-11-20T09:00:00Z');
/** Of whom a rule of 30 days is about, and those whom one of 3 days is about as well. */
export const QUIET = 10;
export const RECENT = 150;
/** Of the test file that called setUpBraking. */
export let service: SweepService;
/** Batches, since the test began. */
export let evaluated = 0;
let chapterId: string;
let sweeps = 0;
let before: (request: BatchRequest) => Promise<void> = async () => {};

/** A service for a file of tests of the brake: every test begins under a rule of 30 days, with no sweep before it. */
export function setUpBraking(): void {
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
}

/** Before each batch of this test is evaluated. */
export function beforeEvaluation(wait: (request: BatchRequest) => Promise<void>): void {
  before = wait;
}

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

export async function setRule(inactiveDays: number): Promise<void> {
  await sql`
    update scenario_rules set parameters = ${JSON.stringify({ inactive_days: inactiveDays })}::jsonb
    where scenario_type = 'inactivity'`.execute(service.db);
}

/** Of an instant that no other test has used: its batches are its own. */
export const input = (more: SweepInput = {}): SweepInput => ({
  scenarioTypes: ['inactivity'],
  asOf: new Date(asOf.getTime() - ++sweeps * 1_000).toISOString(),
  ...more,
});

/** A sweep under 30 days that found the quiet ones, and then one under 3 days, which is braked. */
export async function startBraked(more: SweepInput = {}) {
  await service.sweep(input());
  await setRule(3);
  const handle = await service.startSweep(input(more));
  await until(async () => (await progressOf(handle)).braked !== undefined);
  return handle;
}

type Handle = Awaited<ReturnType<SweepService['startSweep']>>;
export const progressOf = (handle: Handle) => handle.query<SweepProgress, []>('progress');
export const runOf = async ({ workflowId }: Handle, type = 'inactivity') =>
  (await listRuns(service.db, 20)).find((run) => run.workflow_id === workflowId && run.scenario_type === type)!;

let seen = 0;
/** How many messages have left since the last time this was asked, and whether any went to one device twice. */
export async function left(): Promise<{ messages: number; twice: number }> {
  const ledger = (await service.emulator.ledger()).slice(seen);
  seen += ledger.length;
  return { messages: ledger.length, twice: ledger.length - new Set(ledger.map(({ token }) => token)).size };
}

export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('did not come about within a minute');
}
