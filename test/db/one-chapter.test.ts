import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listChapters, previewChapter } from '../../db/chapters.ts';
import { lapsingCertificates, silentMentors, unreachableMentors } from '../../db/needs-a-person.ts';
import { preview, type PreviewRow } from '../../db/preview.ts';
import { SCENARIO_TYPES, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, daysBefore, device, mentor, organization, record, rule } from '../support/factories.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
const FIRST = { afterId: null, most: 50 };
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const db = () => database.worker.db;
const quiet = (chapterId: string, days: number, more = {}) =>
  mentor(database.db, { chapterId, activities: [daysBefore(asOf, days)], ...more });
async function reminded(id: string, times: number): Promise<void> {
  for (let i = 1; i <= times; i++) await record(database.db, id, 'inactivity', new Date(`2026-11-0${i}T09:00:00Z`));
}
async function certificate(userId: string, expiresOn: string, type = 'first aid'): Promise<string> {
  const values = { user_id: userId, certification_type: type, expires_on: expiresOn };
  const row = await database.db.insertInto('certifications').values(values).returning('id').executeTakeFirstOrThrow();
  return row.id;
}

describe('a preview of one chapter', () => {
  let chapters: string[];
  const all = new Map<ScenarioType, PreviewRow[]>();

  beforeAll(async () => {
    chapters = [await chapter(database.db), await chapter(database.db)];
    await rule(database.db, { scenarioType: 'inactivity', chapterId: chapters[0]!, parameters: { inactive_days: 45 } });
    for (const chapterId of chapters) {
      for (const days of [29, 30, 44, 45]) await quiet(chapterId, days);
      await quiet(chapterId, 50, { optedOutOf: ['inactivity'] });
      await quiet(chapterId, 50, { devices: [] });
      await mentor(database.db, { chapterId, activities: [daysBefore(asOf, 60), daysBefore(asOf, 2)] });
      await mentor(database.db, { chapterId, activities: Array.from({ length: 51 }, () => '2026-11-01') });
      const summed = await quiet(chapterId, 3);
      const summary = { user_id: summed, year: 2026, session_count: 120, computed_at: asOf };
      await database.db.insertInto('annual_summary').values(summary).execute();
      await certificate(await quiet(chapterId, 3), '2026-12-10');
    }
    const visitor = {
      audience: (type: ScenarioType) => void all.set(type, []),
      candidate: (type: ScenarioType, row: PreviewRow) => void all.get(type)!.push(row),
    };
    await preview(db(), { scenarioTypes: SCENARIO_TYPES, asOf }, visitor);
  });

  test.each(SCENARIO_TYPES)('finds what the preview of everybody finds there: %s', async (scenarioType) => {
    for (const chapterId of chapters) {
      const expected = all.get(scenarioType)!.filter((row) => row.chapter_id === chapterId);
      const { audience, candidates } = await previewChapter(db(), chapterId, { scenarioType, asOf });
      expect(expected.length).toBeGreaterThan(0);
      expect(candidates).toEqual(expected);
      expect(audience).toEqual({ mentors_evaluated: 10, mentors_misconfigured: 0 });
    }
  });

  test('that there is not finds nobody', async () => {
    const nowhere = await previewChapter(db(), '00000000-0000-4000-8000-000000000000', {
      scenarioType: 'inactivity',
      asOf,
    });
    expect(nowhere).toEqual({ audience: { mentors_evaluated: 0, mentors_misconfigured: 0 }, candidates: [] });
  });
});

describe('silent after the last reminder', () => {
  const found = async (chapterId: string) => (await silentMentors(db(), chapterId, { asOf, ...FIRST })).rows;

  test('is who was reminded as often as the rule allows, and not who was reminded once less', async () => {
    const chapterId = await chapter(database.db);
    const silent = await quiet(chapterId, 100);
    await reminded(silent, 3);
    await reminded(await quiet(chapterId, 100), 2);
    expect(await found(chapterId)).toEqual([
      { user_id: silent, last_activity: daysBefore(asOf, 100), days: 100, reminders: 3, total: 1 },
    ]);
  });

  test('is not who has been active since', async () => {
    const chapterId = await chapter(database.db);
    const back = await mentor(database.db, { chapterId, activities: [daysBefore(asOf, 100), daysBefore(asOf, 1)] });
    await reminded(back, 3);
    expect(await found(chapterId)).toEqual([]);
  });

  test('is nobody under a rule without a limit, or that is switched off', async () => {
    for (const values of [{ parameters: { max_reminders: null } }, { enabled: false }]) {
      const chapterId = await chapter(database.db);
      await rule(database.db, { scenarioType: 'inactivity', chapterId, ...values });
      await reminded(await quiet(chapterId, 100), 3);
      expect(await found(chapterId)).toEqual([]);
    }
  });

  test('is paged, those first who have been silent longest', async () => {
    const chapterId = await chapter(database.db);
    const silent: string[] = [];
    for (const days of [120, 110, 100]) silent.push(await quiet(chapterId, days));
    for (const id of silent) await reminded(id, 3);
    const first = await silentMentors(db(), chapterId, { asOf, afterId: null, most: 2 });
    expect(first).toMatchObject({ total: 3, rows: [{ user_id: silent[0] }, { user_id: silent[1] }] });
    const second = await silentMentors(db(), chapterId, { asOf, afterId: silent[1]!, most: 2 });
    expect(second).toMatchObject({ total: 3, rows: [{ user_id: silent[2] }] });
  });
});

describe('unreachable by push', () => {
  test('is an active mentor without a device in use', async () => {
    const chapterId = await chapter(database.db);
    const never = await quiet(chapterId, 1, { devices: [] });
    const lost = await quiet(chapterId, 1, { devices: [] });
    await device(database.db, lost, { invalidatedAt: asOf, registeredAt: new Date('2026-01-01T00:00:00Z') });
    await quiet(chapterId, 1);
    await quiet(chapterId, 1, { devices: [], status: 'inactive' });
    await quiet(chapterId, 1, { devices: [], role: 'coordinator' });
    const { rows, total } = await unreachableMentors(db(), chapterId, FIRST);
    expect(total).toBe(2);
    expect(rows.map((row) => [row.user_id, row.last_seen_at?.toISOString() ?? null]).toSorted()).toEqual(
      [
        [never, null],
        [lost, '2026-01-01T00:00:00.000Z'],
      ].toSorted(),
    );
    const [one] = rows;
    expect(await unreachableMentors(db(), chapterId, { afterId: one!.user_id, most: 50 })).toMatchObject({
      rows: [{ user_id: rows[1]!.user_id }],
      total: 2,
    });
  });
});

describe('a certificate that is about to lapse', () => {
  test('runs out within the first lead time of the rule, and has no newer one', async () => {
    const chapterId = await chapter(database.db);
    const holder = await quiet(chapterId, 1);
    const within = await certificate(holder, '2027-01-19');
    await certificate(holder, '2027-01-20', 'later by a day');
    await certificate(holder, '2026-12-01', 'renewed');
    await certificate(holder, '2027-06-01', 'renewed');
    await certificate(holder, '2026-11-19', 'over');
    expect((await lapsingCertificates(db(), chapterId, { asOf, ...FIRST })).rows).toEqual([
      {
        certification_id: within,
        user_id: holder,
        certification_type: 'first aid',
        expires_on: '2027-01-19',
        days_left: 60,
        told: false,
        total: 1,
      },
    ]);
  });

  test('says whether its holder was told; the first to run out comes first', async () => {
    const chapterId = await chapter(database.db);
    const holder = await quiet(chapterId, 1);
    const told = await certificate(holder, '2026-12-20');
    const sooner = await certificate(holder, '2026-11-21', 'driving');
    const values = { occurrence: `${told}:2026-12-20:30` };
    await record(database.db, holder, 'certification_expiry', new Date('2026-11-19T09:00:00Z'), values);
    const { rows } = await lapsingCertificates(db(), chapterId, { asOf, ...FIRST });
    expect(rows.map((row) => [row.certification_id, row.told])).toEqual([
      [sooner, false],
      [told, true],
    ]);
  });
});

describe('chapters', () => {
  test('are listed by name, of those that are given, a page at a time', async () => {
    const organizationId = await organization(database.db);
    const ids = new Map<string, string>();
    for (const name of ['Oslo', 'Asker', 'Bergen']) {
      const id = await chapter(database.db, { organizationId });
      await database.db.updateTable('chapters').set({ name }).where('id', '=', id).execute();
      ids.set(name, id);
    }
    const list = async (more: object) =>
      (await listChapters(db(), { ids: [...ids.values()], name: null, ...FIRST, ...more })).map(({ name }) => name);
    expect(await list({})).toEqual(['Asker', 'Bergen', 'Oslo']);
    expect(await list({ most: 2 })).toEqual(['Asker', 'Bergen']);
    expect(await list({ afterId: ids.get('Bergen') })).toEqual(['Oslo']);
    expect(await list({ name: 'ER' })).toEqual(['Asker', 'Bergen']);
    expect(await list({ ids: [ids.get('Oslo')] })).toEqual(['Oslo']);
    expect(await list({ ids: [] })).toEqual([]);
  });
});
