import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, daysBefore, mentor, record, rule } from '../support/factories.ts';
import { createFolder } from '../support/folder.ts';
import { runInProcess } from '../support/in-process.ts';

const asOf = new Date('2026-11-20T20:30:00Z');
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await sql`update delivery_policies set send_from = '08:00', send_until = '21:00'`.execute(database.db);
});
afterAll(() => database.drop());
beforeEach(() => sql`truncate users, scenario_notifications cascade`.execute(database.db));

const run = (...args: string[]) =>
  runInProcess(['preview', '--as-of', asOf.toISOString(), ...args], {
    DATABASE_URL: database.worker.url,
    NO_COLOR: '1',
  });

describe('preview --list', () => {
  test('prints who, in which chapter, when by their own clock, and the text in their language', async () => {
    const chapterId = await chapter(database.db);
    await rule(database.db, {
      scenarioType: 'inactivity',
      chapterId,
      parameters: {
        messages: Object.fromEntries(
          ['nb', 'nn', 'en'].map((locale) => [locale, { title: `Hei ${locale}`, body: '{days}\n\u001b[31m' }]),
        ),
      },
    });
    const id = '00000000-0000-4000-8000-00000000000';
    const activities = [daysBefore(asOf, 40)];
    await mentor(database.db, { id: `${id}1`, chapterId, activities, locale: 'en' });
    await mentor(database.db, { id: `${id}2`, chapterId, activities });
    await mentor(database.db, { id: `${id}3`, chapterId, activities, devices: [] });
    await sql`update users set timezone = 'America/New_York' where id = ${`${id}1`}`.execute(database.db);

    const { code, out } = await run('--list', '--scenario', 'inactivity', 'milestone');
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'inactivity',
        `  mentor  ${id}1`,
        `  chapter ${chapterId}`,
        '  when    at once',
        '  text    “Hei en” 40 [31m',
        '',
        `  mentor  ${id}2`,
        `  chapter ${chapterId}`,
        '  when    21 November, 08:00 in Oslo, when their hours begin',
        '  text    “Hei nb” 40 [31m',
        '',
        '2 notifications, 1 of them when hours begin',
        '',
        'milestone',
        '0 notifications',
        '\n',
      ].join('\n'),
    );
  });

  test.each([['--json'], ['--rules', 'rules.json']])('with %s is misuse', async (...args) => {
    expect(await run('--list', ...args)).toMatchObject({ code: 2, error: expect.stringContaining('cannot be used') });
  });
});

test('a timezone that does not exist is read as the organisation’s', async () => {
  const chapterId = await chapter(database.db, { timezone: 'Asia/Tokyo' });
  const id = await mentor(database.db, { chapterId });
  await sql`update users set timezone = 'Europe/Olso' where id = ${id}`.execute(database.db);
  expect((await run('--list', '--scenario', 'inactivity')).out).toContain(
    '  when    21 November, 08:00 in Tokyo, when',
  );
});

describe('rules to try', () => {
  const folder = createFolder();
  afterAll(() => folder.remove());
  const tryRule = async (rule: object) => {
    const file = join(folder.path, 'rules.json');
    writeFileSync(file, JSON.stringify([{ scenario_type: 'inactivity', cooldown_minutes: 0, ...rule }]));
    return run('--rules', file);
  };
  const texts = (body: string) => ({
    messages: Object.fromEntries(['nb', 'nn', 'en'].map((l) => [l, { title: 'T', body }])),
  });

  test('are evaluated where the database would accept them', async () => {
    expect(await tryRule({ starts_on: '2026-11-20', parameters: texts('{days}') })).toMatchObject({ code: 0 });
  });

  test.each([
    [{ starts_on: '0026-11-20' }, /rule 1, starts_on: expected a date from 2000-01-01 to 2100-12-31/],
    [{ starts_on: '2101-01-01' }, /rule 1, starts_on: expected a date from 2000-01-01 to 2100-12-31/],
    [{ starts_on: '2026-02-30' }, /rule 1, starts_on: /],
    [{ parameters: texts('{days') }, /rule 1, messages\.en\.body: expected a placeholder .* got "{days"/],
  ])('%j is refused with its field', async (rule, words) => {
    expect(await tryRule(rule)).toMatchObject({ code: 2, error: expect.stringMatching(words) });
  });
});

describe('the summary', () => {
  const quietMentors = async (n: number) => {
    const chapterId = await chapter(database.db);
    const ids: string[] = [];
    for (let i = 0; i < n; i++) ids.push(await mentor(database.db, { chapterId, activities: [daysBefore(asOf, 40)] }));
    return ids;
  };

  test('counts those that wait for their hours, in a table of 80 columns at most', async () => {
    await quietMentors(2);
    const { out } = await run();
    expect(out).toMatch(/scenario .*mentors .*candidates .*send .*deferred .*suppressed/);
    expect(out).toMatch(/^inactivity +2 +2 +2 +2 +0$/m);
    expect(out).toContain('2 of 2 wait for the mentors’ hours');
    const [, head, ...rows] = out.split('\n\n')[0]!.split('\n');
    for (const line of [head!, ...rows]) expect(line.length).toBeLessThanOrEqual(80);
    expect(rows).toHaveLength(4);
  });

  test('says what a first sweep would send and the line to set, which leaves only what is new', async () => {
    const [first] = await quietMentors(12);
    const { out } = await run('--scenario', 'inactivity');
    expect(out).toContain(
      'first sweep: nobody has been notified of inactivity yet; of 12 mentors evaluated, it would send 12 notifications.',
    );
    const line = /update scenario_rules set starts_on = '2026-11-20' where scenario_type = 'inactivity';/.exec(out)![0];
    await database.pool.query(line);
    expect((await run('--scenario', 'inactivity')).out).toContain('nobody is due');
    await database.pool.query('update scenario_rules set starts_on = null');
    await record(database.db, first!, 'inactivity', new Date('2026-01-01T08:00:00Z'));
    expect((await run('--scenario', 'inactivity')).out).not.toContain('first sweep');
  });

  test('names those whose rule cannot be read', async () => {
    const chapterId = await chapter(database.db, { timezone: 'Mars/Phobos' });
    await mentor(database.db, { chapterId });
    expect((await run('--scenario', 'inactivity')).out).toContain('1 mentor left out: their rule cannot be read');
  });
});
