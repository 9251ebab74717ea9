import { afterAll, describe, expect, test } from '@jest/globals';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { createDatabase } from '../support/database.ts';

const database = await createDatabase();
afterAll(() => database.drop());

/** As text, so that a number reaches the database as it is written here. */
async function fault(scenarioType: string | null, parameters: string | null): Promise<string | null> {
  const { rows } = await database.pool.query<{ fault: string | null }>(
    'select public.scenario_rule_fault($1, $2::jsonb) as fault',
    [scenarioType, parameters],
  );
  return rows[0]!.fault;
}

const everyType = SCENARIO_TYPES.toSorted().join(', ');
const maxInteger = 2147483647;

describe('is accepted', () => {
  test.each([
    ['inactivity', '{}'],
    ['inactivity', '{"inactive_days": 1}'],
    ['inactivity', `{"inactive_days": ${maxInteger}}`],
    ['inactivity', '{"inactive_days": 30.0}'],
    ['inactivity', '{"inactive_days": 3e1}'],
    ['inactivity', '{"max_reminders": 1}'],
    ['inactivity', '{"max_reminders": null}'],
    ['milestone', '{}'],
    ['milestone', '{"thresholds": [1]}'],
    ['milestone', '{"thresholds": [50, 100, 200]}'],
    ['milestone', `{"thresholds": [1, ${maxInteger}]}`],
    ['milestone', '{"summary_max_age_hours": 1}'],
    ['milestone', '{"summary_max_age_hours": null}'],
    ['certification_expiry', '{}'],
    ['certification_expiry', '{"lead_days": [0]}'],
    ['certification_expiry', '{"lead_days": [7, 60, 30]}'],
    ['welcome_back', '{}'],
    ['welcome_back', '{"gap_days": 1, "recent_days": 0}'],
    ['milestone', '{"messages": {}}'],
    [
      'milestone',
      '{"messages": {"nb": {"title": "Gratulerer!", "body": "Godt jobbet."}, "nn": {"title": "T", "body": "B"}, "en": {"title": "T", "body": "B"}}}',
    ],
    ['milestone', JSON.stringify({ messages: { en: { title: 'é'.repeat(100), body: '😀'.repeat(500) } } })],
  ])('%s %s', async (scenarioType, parameters) => {
    expect(await fault(scenarioType, parameters)).toBeNull();
  });
});

describe('is refused in words', () => {
  const days = 'inactive_days: expected an integer >= 1, got';
  const reminders = 'max_reminders: expected an integer >= 1 or null, got';
  const thresholds = 'thresholds: expected 1 to 50 ascending integers >= 1, got';
  const leads = 'lead_days: expected 1 to 50 different integers >= 0, got';
  test.each([
    ['inactivity', '{"inactive_days": 0}', `${days} 0`],
    ['inactivity', '{"inactive_days": -1}', `${days} -1`],
    ['inactivity', `{"inactive_days": ${maxInteger + 1}}`, `${days} 2147483648`],
    ['inactivity', '{"inactive_days": 30.5}', `${days} 30.5`],
    ['inactivity', '{"inactive_days": "30"}', `${days} "30"`],
    ['inactivity', '{"inactive_days": true}', `${days} true`],
    ['inactivity', '{"inactive_days": null}', `${days} null`],
    ['inactivity', '{"inactive_days": [30]}', `${days} [30]`],
    ['inactivity', '{"max_reminders": 0}', `${reminders} 0`],
    ['inactivity', '{"max_reminders": "null"}', `${reminders} "null"`],
    ['milestone', '{"thresholds": []}', `${thresholds} []`],
    ['milestone', '{"thresholds": [50, 20]}', `${thresholds} [50, 20]`],
    ['milestone', '{"thresholds": [50, 50]}', `${thresholds} [50, 50]`],
    ['milestone', '{"thresholds": [50, 50.0]}', `${thresholds} [50, 50.0]`],
    ['milestone', '{"thresholds": [0, 50]}', `${thresholds} [0, 50]`],
    ['milestone', '{"thresholds": [50, null]}', `${thresholds} [50, null]`],
    ['milestone', '{"thresholds": [50, "100"]}', `${thresholds} [50, "100"]`],
    ['milestone', '{"thresholds": [[50]]}', `${thresholds} [[50]]`],
    ['milestone', `{"thresholds": [50, ${maxInteger + 1}]}`, `${thresholds} [50, 2147483648]`],
    ['milestone', '{"thresholds": 50}', `${thresholds} 50`],
    ['milestone', '{"thresholds": null}', `${thresholds} null`],
    ['milestone', '{"thresholds": {"0": 50}}', `${thresholds} {"0": 50}`],
    ['milestone', '{"summary_max_age_hours": 0}', 'summary_max_age_hours: expected an integer >= 1 or null, got 0'],
    ['certification_expiry', '{"lead_days": []}', `${leads} []`],
    ['certification_expiry', '{"lead_days": [-1]}', `${leads} [-1]`],
    ['certification_expiry', '{"lead_days": [30, 7, 30]}', `${leads} [30, 7, 30]`],
    ['certification_expiry', '{"lead_days": [7.5]}', `${leads} [7.5]`],
    ['welcome_back', '{"gap_days": 0}', 'gap_days: expected an integer >= 1, got 0'],
    ['welcome_back', '{"recent_days": -1}', 'recent_days: expected an integer >= 0, got -1'],
    ['welcome_back', '{"recent_days": null}', 'recent_days: expected an integer >= 0, got null'],
    [
      'milestone',
      '{"treshold": [50]}',
      'treshold: unknown, milestone has summary_max_age_hours, thresholds, link and messages',
    ],
    ['milestone', '{"": 1}', ': unknown, milestone has summary_max_age_hours, thresholds, link and messages'],
    [
      'inactivity',
      '{"lead_days": [7]}',
      'lead_days: unknown, inactivity has inactive_days, max_reminders, link and messages',
    ],
    ['milestone', '[]', 'parameters: expected a JSON object, got []'],
    ['milestone', '"x"', 'parameters: expected a JSON object, got "x"'],
    ['milestone', 'null', 'parameters: expected a JSON object, got null'],
    ['milestone', null, 'parameters: expected a JSON object, got null'],
    ['birthday', '{}', `scenario_type: expected one of ${everyType}, got birthday`],
    [null, '{}', `scenario_type: expected one of ${everyType}, got null`],
    ['inactivity', '{"inactive_days": 0, "max_reminders": "x"}', `${days} 0; ${reminders} "x"`],
    ['milestone', '{"messages": null}', 'messages: expected an object of languages, got null'],
    [
      'milestone',
      '{"messages": {"de": {"title": "T", "body": "B"}}}',
      'messages.de: unknown language, expected one of nb, nn, en',
    ],
    ['milestone', '{"messages": {"en": "Hi"}}', 'messages.en: expected an object of title and body, got "Hi"'],
    [
      'milestone',
      '{"messages": {"en": {"title": "T", "body": "B", "icon": "x"}}}',
      'messages.en: expected an object of title and body, got {"body": "B", "icon": "x", "title": "T"}',
    ],
    [
      'milestone',
      '{"messages": {"en": {"title": "", "body": "B"}}}',
      'messages.en.title: expected a text of 1 to 100 characters, got ""',
    ],
    [
      'milestone',
      '{"messages": {"en": {"title": 5, "body": "B"}}}',
      'messages.en.title: expected a text of 1 to 100 characters, got 5',
    ],
    [
      'milestone',
      '{"messages": {"en": {"title": "T"}}}',
      'messages.en.body: expected a text of 1 to 500 characters, got nothing',
    ],
    [
      'milestone',
      JSON.stringify({ messages: { en: { title: 'x'.repeat(101), body: 'B' } } }),
      `messages.en.title: expected a text of 1 to 100 characters, got "${'x'.repeat(59)}`,
    ],
    [
      'milestone',
      JSON.stringify({ messages: { en: { title: 'T', body: 'x'.repeat(501) } } }),
      `messages.en.body: expected a text of 1 to 500 characters, got "${'x'.repeat(59)}`,
    ],
  ])('%s %s', async (scenarioType, parameters, expected) => {
    expect(await fault(scenarioType, parameters)).toBe(expected);
  });
});

describe('hostile JSON is answered, never thrown at', () => {
  const scenarioTypes = ['inactivity', 'milestone', 'certification_expiry', 'welcome_back'];
  const keys = [
    'inactive_days',
    'max_reminders',
    'thresholds',
    'summary_max_age_hours',
    'lead_days',
    'gap_days',
    'recent_days',
    'messages',
  ];
  test.each([
    ['an enormous number', '1e400'],
    ['a number of ten thousand digits', '9'.repeat(10_000)],
    ['a number next to nothing', '1e-400'],
    ['an enormous number in a list', '[1, 1e400]'],
    ['deep nesting', '['.repeat(1000) + ']'.repeat(1000)],
    ['an object in a list', '[{"a": 1}]'],
    ['a long list that is not ascending', `[${'1,'.repeat(5_000)}1]`],
    ['quotes and format directives', '"%s %I \' \\" \\\\ $1"'],
    ['nested messages', '{"nb": {"title": {"title": {}}, "body": []}}'],
  ])('%s', async (_, value) => {
    for (const scenarioType of scenarioTypes) {
      for (const key of keys) {
        const answer = await fault(scenarioType, `{"${key}": ${value}}`);
        expect(answer).toContain(key);
        expect(answer!.length).toBeLessThan(400);
      }
    }
  });
});

test('of very many faults the first five are named, and the rest counted', async () => {
  const parameters = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`k${1000 + at}`, at]));
  const answer = await fault('milestone', JSON.stringify(parameters));
  expect(answer).toMatch(/^k1000: unknown.*; k1004: unknown[^;]*; and 995 more$/);
});

test('faults of every kind count beyond the fifth', async () => {
  const parameters = { a: 1, b: 1, inactive_days: 0, max_reminders: 0, z: 1, zz: 1, messages: { nb: 5, de: {} } };
  const answer = await fault('inactivity', JSON.stringify(parameters));
  expect(answer!.split('; ').map((each) => each.split(':')[0])).toEqual([
    'a',
    'b',
    'inactive_days',
    'max_reminders',
    'z',
    'and 3 more',
  ]);
});

test.each([
  ['anon', false],
  ['authenticated', false],
  ['service_role', true],
  ['scenario_push_worker', true],
])('%s may ask: %s', async (role, may) => {
  const client = await database.pool.connect();
  try {
    await client.query(`begin; set local role ${role}`);
    const asked = client.query(`select public.scenario_rule_fault('inactivity', '{}') as fault`);
    if (may) expect((await asked).rows).toEqual([{ fault: null }]);
    else await expect(asked).rejects.toMatchObject({ code: '42501' });
  } finally {
    await client.query('rollback');
    client.release();
  }
});

describe('the table', () => {
  test('refuses an unknown key that is called like the column', async () => {
    await expect(
      database.pool.query(
        `update public.scenario_rules set parameters = '{"scenario_type": "birthday"}' where scenario_type = 'welcome_back'`,
      ),
    ).rejects.toThrow(
      'scenario rule welcome_back of everybody: scenario_type: unknown, welcome_back has gap_days, recent_days, link and messages',
    );
  });

  test('names the rule, the key, what was found and what was expected', async () => {
    const {
      rows: [chapter],
    } = await database.pool.query<{ id: string; organization_id: string }>(`
      with o as (insert into public.organizations (name) values ('Landet') returning id)
      insert into public.chapters (organization_id, name) select id, 'Oslo' from o returning id, organization_id`);
    const scopes = [
      [null, null, 'everybody'],
      [chapter!.organization_id, null, `organisation ${chapter!.organization_id}`],
      [null, chapter!.id, `chapter ${chapter!.id}`],
    ];
    for (const [organization, own, scope] of scopes) {
      await expect(
        database.pool.query(
          `insert into public.scenario_rules (organization_id, chapter_id, scenario_type, cooldown_minutes, parameters)
         values ($1, $2, 'milestone', 0, '{"thresholds": [50, 20]}')`,
          [organization, own],
        ),
      ).rejects.toMatchObject({
        code: '23514',
        schema: 'public',
        table: 'scenario_rules',
        column: 'parameters',
        constraint: 'scenario_rules_parameters_check',
        message: `scenario rule milestone of ${scope}: thresholds: expected 1 to 50 ascending integers >= 1, got [50, 20]`,
      });
    }
  });

  test('refuses an update as it does an insert', async () => {
    await expect(
      database.pool.query(
        `update public.scenario_rules set parameters = '{"gap_days": 0}' where scenario_type = 'welcome_back'`,
      ),
    ).rejects.toMatchObject({ code: '23514', constraint: 'scenario_rules_parameters_check' });
  });

  test('refuses a type that does not exist by its own check', async () => {
    await expect(
      database.pool.query(`insert into public.scenario_rules (scenario_type, cooldown_minutes) values ('birthday', 0)`),
    ).rejects.toMatchObject({ code: '23514', constraint: 'scenario_rules_scenario_type_check' });
  });

  test('judges for somebody who may write rules and nothing else', async () => {
    const client = await database.pool.connect();
    try {
      await client.query(`begin; grant insert on public.scenario_rules to authenticated;
        create policy writers on public.scenario_rules for insert to authenticated with check (true); set local role authenticated`);
      await client.query('savepoint before');
      await expect(
        client.query(
          `insert into public.scenario_rules (scenario_type, cooldown_minutes, parameters) values ('inactivity', 0, '{"days": 3}')`,
        ),
      ).rejects.toThrow('scenario rule inactivity of everybody: days: unknown');
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
