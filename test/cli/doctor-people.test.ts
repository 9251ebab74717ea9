import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { examineFirstSweep, examinePeople } from '../../cli/examination/people.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, daysBefore, mentor, organization, record, rule } from '../support/factories.ts';

const asOf = new Date('2026-11-20T20:30:00Z');
let database: TestDatabase;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  database = await createDatabase();
  env = { DATABASE_URL: database.worker.url };
  // Adopted tables have none of them.
  await database.pool.query(`
    alter table scenario_rules drop constraint scenario_rules_parameters_check;
    alter table device_tokens disable trigger user`);
});
afterAll(() => database.drop());
beforeEach(() =>
  database.pool.query(`
    delete from scenario_rules where organization_id is not null or chapter_id is not null;
    delete from users; delete from chapters; delete from organizations`),
);

const people = async (): Promise<string> => {
  const found = await examinePeople(env);
  return typeof found === 'string' ? '' : found.warning;
};

describe('people whom nobody can notify', () => {
  test('none: nothing to say', async () => {
    await mentor(database.db);
    expect(await people()).toBe('');
  });

  test('mentors without a chapter are counted, with one of them; coordinators and former mentors are not', async () => {
    const [id] = [await mentor(database.db, { chapterId: null })];
    await mentor(database.db, { chapterId: null, role: 'coordinator' });
    await mentor(database.db, { chapterId: null, status: 'inactive' });
    expect(await people()).toBe(
      `1 active mentor without a chapter: never evaluated; give them one (such as user ${id})`,
    );
  });

  test('a timezone that is none names its organisation and counts its mentors', async () => {
    const organizationId = await organization(database.db, { timezone: 'Mars/Phobos' });
    const chapterId = await chapter(database.db, { organizationId });
    for (let i = 0; i < 3; i++) await mentor(database.db, { chapterId });
    expect(await people()).toContain(
      `3 mentors of organisation ${organizationId}: never evaluated, for its timezone "Mars/Phobos" is no name`,
    );
  });

  test('a rule that cannot be read counts those for whom it is in force, and not those with one of their own', async () => {
    const organizationId = await organization(database.db);
    const [plain, own] = [
      await chapter(database.db, { organizationId }),
      await chapter(database.db, { organizationId }),
    ];
    for (const chapterId of [plain, plain, own]) await mentor(database.db, { chapterId });
    await rule(database.db, { scenarioType: 'inactivity', organizationId, parameters: { inactive_days: 'soon' } });
    await rule(database.db, { scenarioType: 'inactivity', chapterId: own });
    expect(await people()).toMatch(
      /^2 mentors under rule [0-9a-f-]+: never evaluated, for it cannot be read \(inactivity: .*inactive_days/,
    );
  });

  test('a rule that is switched off is nobody’s trouble', async () => {
    const organizationId = await organization(database.db);
    await mentor(database.db, { chapterId: await chapter(database.db, { organizationId }) });
    await rule(database.db, {
      scenarioType: 'inactivity',
      organizationId,
      enabled: false,
      parameters: { inactive_days: 'soon' },
    });
    expect(await people()).toBe('');
  });

  test('the 21st device of a person is beyond the newest 20, the 20th is not', async () => {
    const id = await mentor(database.db, { devices: Array.from({ length: 20 }, () => 'android' as const) });
    expect(await people()).toBe('');
    await sql`insert into device_tokens (user_id, token, platform) values (${id}, 'one more', 'ios')`.execute(
      database.db,
    );
    expect(await people()).toContain(`1 device beyond the newest 20 of a person: never sent to`);
  });

  test('a token of 4097 bytes is too long, one of 4096 is not', async () => {
    const id = await mentor(database.db, { devices: [] });
    const add = (bytes: number) =>
      sql`insert into device_tokens (user_id, token, platform) values (${id}, repeat('x', ${bytes}), 'ios')`.execute(
        database.db,
      );
    await add(4096);
    expect(await people()).toBe('');
    await add(4097);
    expect(await people()).toContain('1 device with a token of more than 4096 bytes');
  });
});

describe('the first sweep', () => {
  test('is a warning while it would be large, with the line that makes only what is new count', async () => {
    const chapterId = await chapter(database.db);
    const mentors: string[] = [];
    for (let i = 0; i < 12; i++)
      mentors.push(await mentor(database.db, { chapterId, activities: [daysBefore(asOf, 40)] }));
    const found = await examineFirstSweep(env, asOf);
    expect(found).toEqual({
      warning: expect.stringMatching(
        /^nobody has been notified of inactivity yet; .* 12 notifications.*update scenario_rules set starts_on = '2026-11-20' where scenario_type = 'inactivity';$/,
      ),
    });
    await record(database.db, mentors[0]!, 'inactivity', new Date('2026-01-01T08:00:00Z'));
    expect(await examineFirstSweep(env, asOf)).toBe('nobody would be notified of much at once');
  });
});
