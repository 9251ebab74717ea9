import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { effect, summarize } from '../../answers/effect.ts';
import { DAY } from '../../domain/durations.ts';
import { wilson } from '../../domain/wilson.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, device, mentor, organization, record, rule } from '../support/factories.ts';
import { jsonLines, runInProcess } from '../support/in-process.ts';
import { expectedCells, type SilentMentor } from './expected-effect.ts';

/** 12:07 in Oslo, which is UTC+1 then. */
const at = (date: string) => new Date(`${date}T11:07:00Z`);
const dayAfter = (date: string, days: number) => new Date(Date.parse(date) + days * DAY).toISOString().slice(0, 10);
const NOW = at('2026-12-20');
/** When a mentor who was last active on 2 October is due, 30 days later. */
const QUIET = '2026-10-02';
const DUE = '2026-11-01';

let database: TestDatabase;
let chapterId: string;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

beforeEach(async () => {
  await sql`truncate users, evaluation_runs cascade`.execute(database.db);
  await sql`delete from scenario_rules where organization_id is not null or chapter_id is not null`.execute(
    database.db,
  );
  chapterId = await chapter(database.db);
  for (let day = 0; day < 60; day++) await swept(dayAfter('2026-10-25', day));
});

async function swept(date: string, values: { late?: boolean } = {}): Promise<void> {
  const started = new Date(at(date).getTime() + (values.late ? 7 * 3_600_000 : 0));
  await sql`insert into evaluation_runs (workflow_id, first_run_id, scenario_type, as_of, plan_key, started_at, mentors_evaluated)
    values (${date}, 'r', 'inactivity', ${at(date)}, ${date}, ${started}, 1)`.execute(database.db);
}

const someone = async (activities: readonly string[], more: Parameters<typeof mentor>[1] = {}) => {
  const id = await mentor(database.db, { chapterId, activities, devices: [], ...more });
  await device(database.db, id, { registeredAt: at('2026-01-01') });
  return id;
};
const ask = (more: Partial<Parameters<typeof effect>[1]> = {}) => effect(database.worker.db, { now: NOW, ...more });

describe('a reminder', () => {
  test.each([
    [0, 1],
    [14, 1],
    [15, 0],
  ])('of somebody who is active again %i days later: %i', async (days, active_again) => {
    const id = await someone([QUIET, dayAfter(DUE, days)]);
    await record(database.db, id, 'inactivity', at(DUE), { evaluationDate: DUE });
    expect((await ask()).all.told).toMatchObject({ people: 1, active_again, waiting: 0 });
  });

  test.each([
    [14, { people: 0, waiting: 1 }],
    [15, { people: 1, waiting: 0 }],
  ])('%i days ago: %j, active again or not', async (days, told) => {
    for (const more of [[], [dayAfter(DUE, 1)]]) {
      const id = await someone([QUIET, ...more]);
      await record(database.db, id, 'inactivity', at(DUE), { evaluationDate: DUE });
    }
    const found = await ask({ now: at(dayAfter(DUE, days)) });
    expect(found.all.told).toMatchObject({ people: told.people * 2, waiting: told.waiting * 2 });
  });

  test('counts once for a silence, and again for the next', async () => {
    const id = await someone(['2026-08-01', '2026-10-20']);
    for (const [i, date] of ['2026-09-05', '2026-09-20', '2026-10-04', '2026-11-20'].entries()) {
      await record(database.db, id, 'inactivity', at(date), { evaluationDate: date, idempotencyKey: `k${i}` });
    }
    const { cells } = await ask();
    expect(cells).toMatchObject([
      { month: '2026-09', reason: null, people: 1, active_again: 0 },
      { month: '2026-11', reason: null, people: 1, active_again: 0 },
    ]);
  });

  test('that may not have arrived is in neither group', async () => {
    const id = await someone([QUIET]);
    await record(database.db, id, 'inactivity', at(DUE), { evaluationDate: DUE, status: 'unknown' });
    expect((await ask()).cells).toEqual([]);
  });
});

describe('who was due and not told', () => {
  test.each([
    ['opted_out', async () => mentor(database.db, { chapterId, activities: [QUIET], optedOutOf: ['inactivity'] })],
    ['no_device_token', async () => mentor(database.db, { chapterId, activities: [QUIET], devices: [] })],
    ['other', async () => someone([QUIET])],
  ] as const)('counts on the day of the first sweep for which they were due: %s', async (reason, make) => {
    await make();
    expect((await ask()).cells).toMatchObject([{ month: '2026-11', reason, people: 1, active_again: 0 }]);
  });

  test('a device that was registered only afterwards, or was dead by then, is none', async () => {
    for (const values of [
      { registeredAt: at('2026-11-05') },
      { registeredAt: at('2026-01-01'), invalidatedAt: at('2026-10-20') },
    ]) {
      const id = await mentor(database.db, { chapterId, activities: [QUIET], devices: [] });
      await device(database.db, id, values);
    }
    expect((await ask()).untold.no_device_token.people).toBe(2);
  });

  test('a device that died afterwards was one', async () => {
    const id = await mentor(database.db, { chapterId, activities: [QUIET], devices: [] });
    await device(database.db, id, { registeredAt: at('2026-01-01'), invalidatedAt: at('2026-11-05') });
    expect((await ask()).untold).toMatchObject({ no_device_token: { people: 0 }, other: { people: 1 } });
  });

  test.each([
    [6, 'capped'],
    [8, 'other'],
  ])('with a cap of one a week, told of something else %i days before: %s', async (days, reason) => {
    await sql`insert into delivery_policies (chapter_id, max_notifications) values (${chapterId}, 1)`.execute(
      database.db,
    );
    const id = await someone([QUIET]);
    await record(database.db, id, 'milestone', at(dayAfter(DUE, -days)), { occurrence: '2026:50' });
    expect((await ask()).cells).toMatchObject([{ reason, people: 1 }]);
  });

  test.each([
    [29, 0],
    [30, 1],
  ])('a silence of %i days until the next activity: %i', async (days, people) => {
    await mentor(database.db, { chapterId, activities: [QUIET, dayAfter(QUIET, days)], devices: [] });
    expect((await ask({ now: at('2026-11-25') })).all.notTold).toMatchObject({ people, active_again: people });
  });

  test('only counts where a sweep would have told them: none on that day, or a late one, is none', async () => {
    await sql`truncate evaluation_runs`.execute(database.db);
    await mentor(database.db, { chapterId, activities: [QUIET, '2026-11-04'], devices: [] });
    expect((await ask()).cells).toEqual([]);
    await swept('2026-11-03', { late: true });
    expect((await ask()).cells).toEqual([]);
    await swept('2026-11-02');
    expect((await ask()).cells).toMatchObject([{ reason: 'no_device_token', people: 1, active_again: 1 }]);
  });

  test('who never was active has been silent since they joined', async () => {
    await mentor(database.db, { chapterId, createdAt: at(QUIET), devices: [] });
    expect((await ask()).cells).toMatchObject([{ month: '2026-11', reason: 'no_device_token', people: 1 }]);
  });

  test('an off rule, and what arose before its starts_on, makes nobody due', async () => {
    await mentor(database.db, { chapterId, activities: [QUIET], devices: [] });
    const id = await rule(database.db, { scenarioType: 'inactivity', chapterId, enabled: false });
    expect((await ask()).cells).toEqual([]);
    await sql`update scenario_rules set enabled = true, starts_on = '2026-11-02' where id = ${id}`.execute(database.db);
    expect((await ask()).cells).toEqual([]);
    await sql`update scenario_rules set starts_on = '2026-11-01' where id = ${id}`.execute(database.db);
    expect((await ask()).cells).toMatchObject([{ scenario_rule_id: id, people: 1 }]);
  });
});

test('only mentors of the chapters that are asked for count, since the day that is asked for', async () => {
  const other = await chapter(database.db);
  await mentor(database.db, { chapterId, activities: [QUIET], devices: [] });
  await mentor(database.db, { chapterId: other, activities: [QUIET], devices: [] });
  expect((await ask()).all.notTold.people).toBe(2);
  expect((await ask({ chapterIds: [other] })).all.notTold.people).toBe(1);
  expect((await ask({ chapterIds: [] })).cells).toEqual([]);
  expect((await ask({ since: DUE })).all.notTold.people).toBe(2);
  expect((await ask({ since: dayAfter(DUE, 1) })).cells).toEqual([]);
});

test('agrees with a computation of its own over mentors of all kinds', async () => {
  await sql`truncate evaluation_runs`.execute(database.db);
  const sweeps = Array.from({ length: 40 }, (_, i) => dayAfter('2026-09-20', i * 2)).filter((_, i) => i % 7 !== 3);
  for (const date of sweeps) await swept(date);
  const chapters = [
    chapterId,
    await chapter(database.db),
    await chapter(database.db, { organizationId: await organization(database.db) }),
  ];
  const quick = await rule(database.db, {
    scenarioType: 'inactivity',
    chapterId: chapters[1]!,
    parameters: { inactive_days: 10 },
  });
  const [common] = await database.db
    .selectFrom('scenario_rules')
    .select('id')
    .where('scenario_type', '=', 'inactivity')
    .where('chapter_id', 'is', null)
    .execute();
  const places = await database.db.selectFrom('chapters').select(['id', 'organization_id']).execute();
  let seed = 20_261_120;
  const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
  const mentors: SilentMentor[] = [];
  for (let i = 0; i < 150; i++) {
    const place = random(3);
    const activities = Array.from({ length: random(5) }, () => dayAfter('2026-07-01', random(165))).sort();
    const kind = (['device', 'device', 'none', 'opted out'] as const)[random(4)]!;
    const id = await mentor(database.db, {
      chapterId: chapters[place]!,
      createdAt: at('2026-06-20'),
      activities,
      devices: [],
      ...(kind === 'opted out' && { optedOutOf: ['inactivity'] }),
    });
    if (kind === 'device') await device(database.db, id, { registeredAt: at('2026-01-01') });
    const records = kind === 'device' ? Array.from({ length: random(3) }, () => sweeps[random(sweeps.length)]!) : [];
    for (const date of new Set(records))
      await record(database.db, id, 'inactivity', at(date), { evaluationDate: date, idempotencyKey: `${id}${date}` });
    mentors.push({
      organizationId: places.find(({ id: own }) => own === chapters[place])!.organization_id,
      ruleId: place === 1 ? quick : common!.id,
      inactiveDays: place === 1 ? 10 : 30,
      joinedOn: '2026-06-20',
      activities,
      records: [...new Set(records)].sort(),
      untold: kind === 'none' ? 'no_device_token' : kind === 'opted out' ? 'opted_out' : 'other',
    });
  }
  const { cells } = await ask();
  const expected = expectedCells(mentors, { sweeps, since: '2025-12-20', today: '2026-12-20', withinDays: 14 });
  const key = (cell: (typeof cells)[number]) =>
    JSON.stringify([cell.month, cell.organization_id, cell.scenario_rule_id, cell.reason]);
  const sorted = (list: readonly (typeof cells)[number][]) => list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  expect(sorted(cells)).toEqual(sorted(expected));
  expect(cells.some(({ reason, active_again }) => reason === null && active_again > 0)).toBe(true);
  expect(cells.some(({ waiting }) => waiting > 0)).toBe(true);
});

describe('the interval of Wilson', () => {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i in %i: %d to %d', (part, whole, low, high) => {
    const found = wilson(part, whole)!;
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });

  test('of nobody is none, of everybody ends at one', () => {
    expect(wilson(0, 0)).toBeNull();
    expect(wilson(20, 20)).toMatchObject({ share: 1, high: 1 });
  });
});

test('"other" is in no comparison', () => {
  const cell = { scenario_rule_id: null, organization_id: 'o', month: '2026-11', active_again: 1, waiting: 0 };
  const { all, untold } = summarize([
    { ...cell, reason: 'other', people: 5 },
    { ...cell, reason: 'capped', people: 2 },
  ]);
  expect(all).toMatchObject({ told: { people: 0, share: null }, notTold: { people: 2, active_again: 1, share: 0.5 } });
  expect(untold.other.people).toBe(5);
});

describe('the command', () => {
  const run = (...args: string[]) =>
    runInProcess(['effect', ...args], { DATABASE_URL: database.worker.url, NO_COLOR: '1' });

  test('says that it is no experiment, in 80 columns', async () => {
    await mentor(database.db, { chapterId, activities: [QUIET], devices: [] });
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toContain('This is no experiment');
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('prints a line of JSON for each rule, organisation, month and reason, and a summary', async () => {
    const id = await someone([QUIET, DUE]);
    await record(database.db, id, 'inactivity', at(DUE), { evaluationDate: DUE });
    const { out } = await run('--json', '--since', '2026-10-01');
    expect(jsonLines(out)).toMatchObject([
      { scenario_type: 'inactivity', scenario_rule_id: null, month: '2026-11', told: true, reason: null },
      {
        summary: {
          scenario_type: 'inactivity',
          since: '2026-10-01',
          within_days: 14,
          not_told: { people: 0, share: null },
        },
      },
    ]);
  });

  test('refuses what it cannot know', async () => {
    expect(await run('--scenario', 'milestone')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^E_EFFECT_UNKNOWN: .*milestone/),
    });
    expect(await run('--since', '2026-02-30')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/expected a day such as/),
    });
  });
});
