import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { planBrake } from '../../db/brakes.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { DEFAULT_SCHEDULES } from '../../client/schedule-definitions.ts';
import { applySchedules } from '../../client/schedules.ts';
import { DEFAULT_BRAKE } from '../../domain/brake.ts';
import { HOUR } from '../../domain/durations.ts';
import { claimRequest, dispatchAs } from '../db/claiming.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, daysBefore, mentor, organization, record, rule } from '../support/factories.ts';
import { runInProcess } from '../support/in-process.ts';
import { temporalOfOneFile } from '../support/temporal-namespace.ts';

/** Ten in the morning in Oslo. */
const asOf = new Date('2026-11-20T09:00:00Z');
const UNKNOWN = { status: 'unknown', code: 'messaging/server-unavailable' } as const;
let database: TestDatabase;
let repository: ScenarioRepository;
let temporal: Awaited<ReturnType<typeof temporalOfOneFile>>;

beforeAll(async () => {
  [database, temporal] = await Promise.all([createDatabase(), temporalOfOneFile()]);
  repository = new ScenarioRepository(database.worker.db);
  await applySchedules(temporal.client, DEFAULT_SCHEDULES, { running: true });
  await temporal.client.schedule.getHandle('sweep-milestone').pause();
});
afterAll(async () => {
  for (const { id } of DEFAULT_SCHEDULES) await temporal.client.schedule.getHandle(id).delete();
  await temporal.close();
  await database.drop();
});
beforeEach(() =>
  sql`truncate users, evaluation_batches, sweep_brakes, sending_halts, scenario_notifications cascade`.execute(
    database.db,
  ),
);

const run = (environment: NodeJS.ProcessEnv, ...args: string[]) =>
  runInProcess(args, { DATABASE_URL: database.worker.url, NO_COLOR: '1', ...environment });

/** The first line about a scenario: what is said of it in words. */
async function said(mentorId: string, clock = '20 November, 10:00 in Oslo', scenario = 'inactivity'): Promise<string> {
  const { out } = await run(
    { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace },
    'explain',
    '--mentor',
    mentorId,
    '--scenario',
    scenario,
    '--as-of',
    asOf.toISOString(),
  );
  const [opening, nothing, sentence] = out.split('\n');
  expect([opening, nothing]).toEqual([`Mentor ${mentorId}, as of ${asOf.toISOString()} (${clock})`, '']);
  return sentence!;
}

const quietFor = async (days: number, chapterId?: string) =>
  mentor(database.db, { ...(chapterId && { chapterId }), activities: [daysBefore(asOf, days)] });

describe('explain opens in words', () => {
  test('with why a mentor is not told, and the next time of the Schedule', async () => {
    const chapterId = await chapter(database.db);
    await rule(database.db, { scenarioType: 'inactivity', chapterId, parameters: { inactive_days: 31 } });
    expect(await said(await quietFor(13, chapterId))).toBe(
      "Inactivity: Not told: last active 13 days ago, their chapter's rule waits for 31; next on 8 December, 12:07 in Oslo.",
    );
  });

  test('by the clock of the mentor', async () => {
    const chapterId = await chapter(database.db, { timezone: 'Pacific/Auckland' });
    // The day begins in Auckland at noon of the day before in Oslo, seven minutes before the Schedule fires.
    expect(await said(await quietFor(28, chapterId), '20 November, 22:00 in Auckland')).toMatch(
      /; next on 22 November, 00:07 in Auckland\.$/,
    );
  });

  test('with the beginning of their hours, where the Schedule fires outside of them', async () => {
    const chapterId = await chapter(database.db);
    await sql`insert into delivery_policies (chapter_id, send_from, send_until) values (${chapterId}, '17:00', '20:00')`.execute(
      database.db,
    );
    const id = await quietFor(40, chapterId);
    expect(await said(id)).toMatch(
      /told by the next evaluation, on 20 November, 17:00 in Oslo, when their hours begin\.$/,
    );
    await sql`update users set timezone = 'Asia/Tokyo' where id = ${id}`.execute(database.db);
    const { out } = await run({ TEMPORAL_ADDRESS: 'x:y:z' }, 'explain', '--mentor', id, '--as-of', asOf.toISOString());
    // 09:00 UTC is 18:00 in Tokyo.
    expect(out).toContain('(20 November, 18:00 in Tokyo)');
    expect(out).toContain('policy    17:00 to 20:00 Asia/Tokyo, no cap');
  });

  test('says that the Schedule is paused', async () => {
    const activities = Array.from({ length: 50 }, () => '2026-03-01');
    expect(await said(await mentor(database.db, { activities }), undefined, 'milestone')).toBe(
      'Milestone: Due: 50 sessions in 2026; 50 has been reached; told by the next evaluation, on 20 November, 10:07 in Oslo, if its Schedule is resumed: it is paused.',
    );
  });

  test('shows the day, and says why, where no Temporal server answers; and does not ask for --json', async () => {
    const id = await quietFor(13);
    const args = ['explain', '--mentor', id, '--scenario', 'inactivity', '--as-of', asOf.toISOString()];
    const { code, out, error } = await run({ TEMPORAL_ADDRESS: 'x:y:z' }, ...args);
    expect(code).toBe(0);
    expect(out).toContain('; next on 7 December.\n');
    expect(error).toBe('Temporal does not answer: days are shown instead of the times of its Schedules\n');
    expect(await run({ TEMPORAL_ADDRESS: 'x:y:z' }, ...args, '--json')).toMatchObject({ code: 0, error: '' });
  });

  test('a mentor whose timezone does not exist reads their organisation’s clock', async () => {
    const id = await quietFor(13);
    await sql`update users set timezone = 'Mars/Phobos' where id = ${id}`.execute(database.db);
    expect(await said(id)).toMatch(/12:07 in Oslo\.$/);
  });
});

describe('a mentor who was told today', () => {
  const told = (id: string, scenario: string, values = {}) =>
    record(database.db, id, scenario, new Date('2026-11-20T08:00:00Z'), values);

  test('may be told again after the cooldown', async () => {
    const id = await quietFor(40);
    await told(id, 'inactivity');
    expect(await said(id)).toBe('Inactivity: Told today at 09:00 in Oslo; next on 4 December, 12:07 in Oslo.');
  });

  test('without a cooldown, tomorrow', async () => {
    const chapterId = await chapter(database.db);
    await rule(database.db, { scenarioType: 'inactivity', chapterId, cooldownMinutes: 0 });
    const id = await quietFor(40, chapterId);
    await repository.evaluateAndClaim(claimRequest(asOf));
    const { batch_key } = await database.db.selectFrom('scenario_claims').select('batch_key').executeTakeFirstOrThrow();
    await dispatchAs(repository, batch_key, asOf);
    expect(await said(id)).toBe('Inactivity: Told today at 10:00 in Oslo; next on 21 November, 12:07 in Oslo.');
  });

  test('under a cap, when it has room', async () => {
    const organizationId = await organization(database.db);
    const chapterId = await chapter(database.db, { organizationId });
    await rule(database.db, { scenarioType: 'inactivity', chapterId, cooldownMinutes: 60 });
    await sql`insert into delivery_policies (organization_id, send_from, send_until, max_notifications, per_days)
      values (${organizationId}, '00:00', '00:00', 1, 30)`.execute(database.db);
    const id = await quietFor(40, chapterId);
    await told(id, 'inactivity');
    expect(await said(id)).toMatch(/; next on 20 December, 12:07 in Oslo\.$/);
  });

  test('of the last reminder waits for what they do', async () => {
    const id = await quietFor(90);
    for (const day of ['2026-10-01', '2026-11-01'])
      await record(database.db, id, 'inactivity', new Date(`${day}T08:00:00Z`));
    await told(id, 'inactivity');
    expect(await said(id)).toBe(
      'Inactivity: Told today at 09:00 in Oslo; next when they have been active again, and not before 4 December, 09:00 in Oslo.',
    );
  });
});

describe('explain says what a claim waits for', () => {
  const claim = async () => {
    const id = await quietFor(40);
    const request = claimRequest(asOf, { planKey: 'plan' });
    await repository.evaluateAndClaim(request);
    return { id, batchKey: request.batchKey };
  };

  test('the answer of an operator, where its sweep is braked', async () => {
    const { id } = await claim();
    await planBrake(
      database.db,
      { planKey: 'plan', scenarioType: 'inactivity' },
      {
        brake: DEFAULT_BRAKE,
        batches: 1,
        mentors: 1,
        allowance: null,
        now: asOf,
      },
    );
    await sql`update sweep_brakes set state = 'braked', expected = 4812, usual = 130, sweeps = 10, braked_at = ${asOf}`.execute(
      database.db,
    );
    expect(await said(id)).toBe(
      'Inactivity: Not told yet: its sweep is braked (about 4812 instead of 130, the median of the last 10 sweeps) until somebody resumes or stops it; without an answer it is withdrawn on 20 November, 16:00 in Oslo.',
    );
    const { out } = await run({}, 'explain', '--mentor', id, '--scenario', 'inactivity', '--json');
    const { scenarios } = JSON.parse(out) as { scenarios: { history: { waits: unknown }[] }[] };
    expect(scenarios[0]!.history[0]!.waits).toEqual({
      for: 'brake',
      until: new Date(asOf.getTime() + 6 * HOUR).toISOString(),
      reason: 'about 4812 instead of 130, the median of the last 10 sweeps',
    });
    await sql`update sweep_brakes set state = 'released'`.execute(database.db);
    expect(await said(id)).toMatch(/Not told yet: tried as soon as a worker takes it up\.$/);
  });

  test('the end of a halt before all else', async () => {
    const { id } = await claim();
    await run({}, 'halt', '--note', 'the text names the wrong year');
    expect(await said(id)).toMatch(/Not told yet: all sending is halted \("the text names the wrong year"\) until/);
  });

  test('their hours', async () => {
    const { id } = await claim();
    const opens = new Date(Date.now() + 2 * HOUR);
    await database.db.updateTable('scenario_claims').set({ send_at: opens }).execute();
    expect(await said(id)).toMatch(/Not told yet: their hours begin on /);
  });

  test('a decision, where it may have arrived and is held', async () => {
    const { id, batchKey } = await claim();
    await sql`update scenario_claims set on_unknown = 'hold'`.execute(database.db);
    await dispatchAs(repository, batchKey, asOf, UNKNOWN);
    expect(await said(id)).toMatch(
      /^Inactivity: May have been told today .* an operator has to decide whether it did \("scenario-push held settle" or "held release"\)\.$/,
    );
    const { out } = await run({}, 'explain', '--mentor', id, '--scenario', 'inactivity', '--json');
    expect(JSON.parse(out)).toMatchObject({ scenarios: [{ history: [{ waits: { for: 'decision' } }] }] });
  });

  test('nothing, where it was withdrawn: what has to happen first', async () => {
    const { id } = await claim();
    await run({}, 'recall', '--all');
    expect(await said(id)).toMatch(
      /\. The notification claimed today at 10:00 in Oslo was withdrawn: recalled by an operator; the next evaluation claims it again if it is still due\.$/,
    );
  });
});
