import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LOCALES } from '../../domain/scenarios/definition.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, mentor, rule } from '../support/factories.ts';
import { jsonLines, runInProcess } from '../support/in-process.ts';

let database: TestDatabase;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  database = await createDatabase();
  env = { DATABASE_URL: database.worker.url, NO_COLOR: '1' };
});
afterAll(() => database.drop());

const run = (...args: string[]) => runInProcess(args, env);
const inEveryLanguage = (title: string, body: string) =>
  Object.fromEntries(LOCALES.map((locale) => [locale, { title, body }]));

describe('messages', () => {
  test('prints every scenario in every language with sample values, and needs no database', async () => {
    const { code, out } = await runInProcess(['messages'], { NO_COLOR: '1' });
    expect(code).toBe(0);
    for (const type of SCENARIO_TYPES) expect(out).toMatch(new RegExp(`^${type}, with `, 'm'));
    for (const locale of LOCALES)
      expect(out.match(new RegExp(`^  ${locale}  “`, 'gm'))).toHaveLength(SCENARIO_TYPES.length);
    expect(out).toContain('Førstehjelp utløper om 30 dager, 27. desember 2026.');
  });

  test('prints a line of JSON for each text of the scenarios that are asked for', async () => {
    const { code, out } = await run('messages', '--scenario', 'inactivity', '--json');
    expect(code).toBe(0);
    expect(jsonLines(out)).toMatchObject(
      LOCALES.map((locale) => ({
        scenario_type: 'inactivity',
        locale,
        source: 'build',
        scenario_rule_id: null,
        link: null,
        values: { days: 31 },
        fault: null,
      })),
    );
  });

  test('prints the texts and the link of a rule', async () => {
    const id = await rule(database.db, {
      scenarioType: 'certification_expiry',
      chapterId: await chapter(database.db),
      parameters: {
        link: 'myapp://certificates',
        messages: inEveryLanguage('Hei', '{days, plural, one {# d} other {# dd}} {expires_on}'),
      },
    });
    const { code, out } = await run('messages', '--rule', id, '--json');
    expect(code).toBe(0);
    expect(jsonLines(out).map(({ body }) => body)).toEqual([
      '30 dd 27. desember 2026',
      '30 dd 27. desember 2026',
      '30 dd 27 December 2026',
    ]);
    expect(jsonLines(out)[0]).toMatchObject({ source: 'rule', scenario_rule_id: id, link: 'myapp://certificates' });
    expect((await run('messages', '--rule', id)).out).toContain('opens myapp://certificates');
  });

  test('says what is wrong with an older rule, and fails', async () => {
    await database.pool.query('alter table scenario_rules disable trigger scenario_rules_sound_texts');
    const id = await rule(database.db, {
      scenarioType: 'milestone',
      chapterId: await chapter(database.db),
      parameters: { messages: { nb: { title: 'Hei', body: '{sessions' }, en: { title: 'Hi', body: '{year}' } } },
    });
    await database.pool.query('alter table scenario_rules enable trigger scenario_rules_sound_texts');
    const { code, out } = await run('messages', '--rule', id);
    expect(code).toBe(1);
    expect(out).toContain("from the build: the rule's own cannot be formatted (body: EXPECT_ARGUMENT_CLOSING_BRACE)");
    expect(out).toMatch(/^FAULT messages\.nb\.body: expected a placeholder .*; messages\.nn: expected texts in every/m);
    expect(jsonLines((await run('messages', '--rule', id, '--json')).out)).toMatchObject([
      { locale: 'nb', source: 'build', fault: 'body: EXPECT_ARGUMENT_CLOSING_BRACE' },
      { locale: 'nn', source: 'build', fault: null },
      { locale: 'en', source: 'rule', body: '2026' },
    ]);
  });

  test('of a rule that is not there fails, and of what is no rule is misuse', async () => {
    const unknown = '0d9c8b7a-6f5e-4d3c-9b2a-1f0e9d8c7b6a';
    expect(await run('messages', '--rule', unknown)).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^E_RULE_UNKNOWN/),
    });
    expect(await run('messages', '--rule', 'x')).toMatchObject({
      code: 2,
      error: expect.stringContaining('UUID of a rule'),
    });
    expect(await run('messages', '--rule', unknown, '--scenario', 'milestone')).toMatchObject({ code: 2 });
  });
});

test('preview shows the text in every language that occurs', async () => {
  const chapterId = await chapter(database.db);
  for (const locale of ['nb', 'en', 'en-GB', 'fr']) await mentor(database.db, { chapterId, locale });
  const { out } = await run('preview', '--scenario', 'inactivity');
  expect(out.match(/for example, \w+/g)).toEqual(['for example, en', 'for example, nb']);
  expect(out).toContain('for example, en  “It has been a while” You last registered an activity');
});
