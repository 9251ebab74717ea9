import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LOCALES, sampleValues, type Locale } from '../../domain/scenarios/definition.ts';
import { SCENARIOS } from '../../domain/scenarios/registry.ts';
import { formatMessage } from '../../push/message-format.ts';
import { createDatabase } from '../support/database.ts';
import { chapter, rule } from '../support/factories.ts';

const database = await createDatabase();
afterAll(() => database.drop());

const TYPE = 'certification_expiry';
const inEveryLanguage = (body: string, title = 'T') =>
  Object.fromEntries(LOCALES.map((locale) => [locale, { title, body }]));

async function textFault(messages: unknown, scenarioType: string = TYPE): Promise<string | null> {
  const { rows } = await database.pool.query<{ fault: string | null }>(
    'select public.scenario_text_fault($1, $2::jsonb) as fault',
    [scenarioType, JSON.stringify({ messages })],
  );
  return rows[0]!.fault;
}

/** What is wrong with one text of certification_expiry. */
async function faultsOf(texts: readonly string[]): Promise<(string | null)[]> {
  const { rows } = await database.pool.query<{ fault: string | null }>(
    `select scenario_push.text_fault(text, scenario_push.scenario_declarations() -> $1 -> 'placeholders') as fault
     from unnest($2::text[]) with ordinality as t (text, place) order by place`,
    [TYPE, texts],
  );
  return rows.map(({ fault }) => fault);
}

describe('a text is accepted', () => {
  test.each([
    'Hei',
    '{certification} {days} {date} {expires_on}',
    '{ days }',
    '{days,number}',
    '{date, date} {date, date, short} {date,date,medium} { date , date , long } {date, date, full}',
    '{days, plural, one {# dag} other {# dager}}',
    '{days,plural,=0{i dag}=1{i morgen}other{om # dager, {date, date, short}}}',
    '{days, plural, other {}}',
    "it's '{days}' <b>fine</b> # 100 %",
  ])('%s', async (text) => {
    expect(await faultsOf([text])).toEqual([null]);
  });
});

describe('a text is refused in words', () => {
  const known = '{certification}, {days}, {date}, {expires_on}';
  const number = '{days}, {days, number} or {days, plural, one {…} other {…}}';
  const plural = '{days, plural, one {…} other {…}} with branches =0, =1, one and other';
  test.each([
    ['   ', 'expected more than blanks'],
    ['{name}', `expected a placeholder of the scenario (${known}), got {name}`],
    ['{days', `expected a placeholder (${known}) between "{" and "}", got "{days"`],
    ['Om {days dager', `expected a placeholder (${known}) between "{" and "}", got "{days dager"`],
    ['{}', `expected a placeholder (${known}) between "{" and "}", got "{}"`],
    ['{Days}', `expected a placeholder (${known}) between "{" and "}", got "{Days}"`],
    ['om {days}} dager', 'expected "{" before each "}", got "} dager"'],
    ['{date, plural, other {x}}', `expected {date} or {date, date, long}, got "{date, plural, other {x}}"`],
    ['{date, date, ::yyyy}', `expected {date} or {date, date, long}, got "{date, date, ::yyyy}"`],
    ['{certification, number}', 'expected {certification}, got "{certification, number}"'],
    ['{days, date, long}', `expected ${number}, got "{days, date, long}"`],
    ['{days, selectordinal, other {x}}', `expected ${number}, got "{days, selectordinal, other {x}}"`],
    ['{days, plural, one {x}}', `expected ${plural}, got "{days, plural, one {x}}"`],
    ['{days, plural, few {x} other {x}}', `expected ${plural}, got "{days, plural, few {x} other {x}}"`],
    ['{days, plural, other {x}', `expected ${plural}, got "{days, plural, other {x}"`],
    ['{days, plural, other {x {y}', `expected ${plural}, got "{days, plural, other {x {y}"`],
    ['{days, plural, one {x} one {y} other {z}}', 'expected each branch of {days, plural, …} once, got "one" twice'],
    ['{days, plural, other {{name}}}', `expected a placeholder of the scenario (${known}), got {name}`],
    [
      '{days, plural, other {{days, plural, other {x}}}}',
      `expected ${plural}, got "{days, plural, other {{days, plural, oth"`,
    ],
  ])('%s: %s', async (text, words) => {
    expect(await faultsOf([text])).toEqual([words]);
  });
});

describe('texts as a whole', () => {
  test('are there in every language, or not at all', async () => {
    expect(await textFault(inEveryLanguage('Hei'))).toBeNull();
    expect(await textFault({})).toBeNull();
    expect(await textFault({ nb: { title: 'T', body: 'B' } })).toBe(
      'messages.en: expected texts in every language (nb, nn, en), got nothing; ' +
        'messages.nn: expected texts in every language (nb, nn, en), got nothing',
    );
  });

  test('are named by language and part', async () => {
    const texts = { ...inEveryLanguage('{days}'), nn: { title: '{dagar}', body: '}' } };
    expect(await textFault(texts, 'inactivity')).toBe(
      'messages.nn.title: expected a placeholder of the scenario ({days}), got {dagar}; ' +
        'messages.nn.body: expected "{" before each "}", got "}"',
    );
  });

  test('of a shape that scenario_rule_fault refuses are left to it', async () => {
    for (const odd of [null, 5, 'x', [], { nb: 5, nn: { title: {} }, en: { title: 'x'.repeat(101), body: '' } }])
      expect(await textFault(odd)).toBeNull();
  });

  test('of a type that was declared without kinds may name its placeholders, and no more', async () => {
    const { rows } = await database.pool.query(
      `select scenario_push.text_fault('{a} {b}', '["a", "b"]') as plain, scenario_push.text_fault('{a, number}', '["a"]') as styled`,
    );
    expect(rows).toEqual([{ plain: null, styled: 'expected {a}, got "{a, number}"' }]);
  });
});

describe('the table', () => {
  const written = async (parameters: Record<string, unknown>) =>
    rule(database.db, { scenarioType: TYPE, chapterId: await chapter(database.db), parameters });

  test('refuses a rule with such a text in words, with all else that is wrong with it', async () => {
    const chapterId = await chapter(database.db);
    const parameters = { lead_days: [], messages: inEveryLanguage('{name}') };
    const refused = rule(database.db, { scenarioType: TYPE, chapterId, parameters });
    await expect(refused).rejects.toMatchObject({
      code: '23514',
      table: 'scenario_rules',
      column: 'parameters',
      constraint: 'scenario_rules_parameters_check',
    });
    await expect(refused).rejects.toThrow(
      /^scenario rule certification_expiry of chapter .*: lead_days: expected .*; messages\.en\.body: expected a placeholder/,
    );
  });

  test('refuses a text that is changed to such a one, and keeps an older one while it is not', async () => {
    const id = await written({ messages: inEveryLanguage('{days}') });
    const update = (what: string) => database.pool.query(`update scenario_rules set ${what} where id = $1`, [id]);
    const broken = `parameters = jsonb_set(parameters, '{messages,en,body}', '"{days"')`;
    await expect(update(broken)).rejects.toThrow('messages.en.body: expected a placeholder');

    await database.pool.query('alter table scenario_rules disable trigger scenario_rules_sound_texts');
    await update(broken);
    await database.pool.query('alter table scenario_rules enable trigger scenario_rules_sound_texts');
    await update('enabled = false');
    await update(`parameters = parameters || '{"lead_days": [5]}'`);
    await expect(update(`parameters = jsonb_set(parameters, '{messages,nb,title}', '"Ny"')`)).rejects.toThrow(
      'messages.en.body',
    );
  });

  test('judges for somebody who may write rules and nothing else', async () => {
    const client = await database.pool.connect();
    try {
      await client.query(`begin; grant insert on public.scenario_rules to authenticated;
        create policy writers on public.scenario_rules for insert to authenticated with check (true); set local role authenticated`);
      await expect(
        client.query(
          `insert into public.scenario_rules (scenario_type, cooldown_minutes, parameters) values ('milestone', 0, $1)`,
          [JSON.stringify({ messages: inEveryLanguage('{days}') })],
        ),
      ).rejects.toThrow('got {days}');
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});

/** Pieces of which valid and invalid texts are made, and noise. */
const piece = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '{days}',
    '{date}',
    '{certification}',
    '{expires_on}',
    '{name}',
    '{ days }',
    '{days, number}',
    '{date, date}',
    '{date, date, long}',
    '{date,date,short}',
    '{date, date, odd}',
    '{days, plural, ',
    '{days,plural,',
    '{date, plural, ',
    'one {',
    'other {',
    '=0 {',
    '=1{',
    '=01 {',
    'few {',
    'one{# dag}',
    'other{# dager}',
    'other {{date}}',
    '}}',
    '#',
    "'",
    "''",
    "'{'",
    '<b>',
    '</b>',
    '<',
    '\n',
    '\t',
    ' ',
    '\u00a0',
    '\u200e',
    ',',
    'offset:1 ',
    '{days, select, other {x}}',
    '{days, number, percent}',
    '{0}',
    '{}',
  ),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const noisy = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
const argument = fc.constantFrom(
  '{days}',
  '{ date }',
  '{certification}',
  '{days,number}',
  '{date, date, full}',
  '{expires_on,date}',
);
const literal = fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => text.replaceAll(/[{}]/g, ''));
const flat = fc
  .array(fc.oneof(literal, argument, fc.constantFrom("'", '#', '<a>')), { maxLength: 4 })
  .map((all) => all.join(''));
const branches = fc.uniqueArray(fc.tuple(fc.constantFrom('=0', '=1', '=31', 'one', 'other'), flat), {
  selector: ([name]) => name,
  maxLength: 4,
});
const plural = branches.map((all) => `{days, plural, ${all.map(([name, text]) => `${name} {${text}}`).join(' ')}}`);
const formed = fc.array(fc.oneof(literal, argument, plural), { maxLength: 5 }).map((all) => all.join(''));

test('whatever the database accepts is formatted, in every language and for every number', async () => {
  const verdicts = { accepted: 0, refused: 0 };
  const drawn = fc.array(
    fc.oneof(noisy, formed).filter((text) => !text.includes('\0') && text.isWellFormed()),
    {
      minLength: 200,
      maxLength: 200,
    },
  );
  await fc.assert(
    fc.asyncProperty(drawn, async (texts) => {
      const faults = await faultsOf(texts);
      for (const [i, text] of texts.entries()) {
        verdicts[faults[i] === null ? 'accepted' : 'refused']++;
        if (faults[i] !== null) continue;
        for (const days of [0, 1, 2, 31, 1_000_000]) {
          for (const locale of LOCALES as readonly Locale[]) {
            const values = { ...sampleValues(SCENARIOS[TYPE]), days };
            const formatted = formatMessage(text, locale, values, SCENARIOS[TYPE].placeholders);
            expect({ text, locale, days, fault: formatted.fault }).toEqual({ text, locale, days, fault: null });
            expect(formatted.text).not.toMatch(/\{ *(days|date|certification|expires_on)|NaN|Invalid Date|undefined/);
          }
        }
      }
    }),
    { numRuns: 15 },
  );
  expect(verdicts.accepted).toBeGreaterThan(300);
  expect(verdicts.refused).toBeGreaterThan(300);
});
