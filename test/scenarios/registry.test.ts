import { afterAll, describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { evaluationParameters } from '../../db/evaluation-request.ts';
import { readSql, statement } from '../../db/sql-file.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import { LOCALES } from '../../domain/scenarios/definition.ts';
import { SCENARIO_TYPES, SCENARIOS, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { createDatabase } from '../support/database.ts';
import { asOf } from './scenario-under-test.ts';

const database = await createDatabase();
afterAll(() => database.drop());

const sqlName = (scenarioType: string) => scenarioType.replaceAll('_', '-');
const fault = async (scenarioType: string, parameters: unknown): Promise<string | null> => {
  const { rows } = await database.pool.query<{ fault: string | null }>(
    'select scenario_rule_fault($1, $2::jsonb) as fault',
    [scenarioType, JSON.stringify(parameters)],
  );
  return rows[0]!.fault;
};

test('every scenario type has its SELECT, and every SELECT its type', () => {
  const folder = new URL('../../db/sql/scenarios/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name !== 'README.md');
  expect(files.sort()).toEqual(SCENARIO_TYPES.map((type) => `${sqlName(type)}.sql`).sort());
});

test("the tables accept the registry's types, and no others", async () => {
  const { rows } = await database.pool.query<{ name: string; definition: string }>(`
    select conrelid::regclass::text as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'c' and pg_get_constraintdef(oid) ~ 'scenario_type.* = ANY'`);
  expect(rows.length).toBeGreaterThanOrEqual(4);
  for (const { definition } of rows) {
    expect([...definition.matchAll(/'(\w+)'::text/g)].map(([, type]) => type).sort()).toEqual(
      [...SCENARIO_TYPES].sort(),
    );
  }
});

describe.each(SCENARIO_TYPES)('%s', (scenarioType) => {
  const scenario = SCENARIOS[scenarioType];

  test('selects the columns of the contract, with their types', async () => {
    const select = readSql(`scenarios/${sqlName(scenarioType)}`);
    const whole = `${readSql('evaluate').replace('-- {{scenario}}', () => select)} select * from (${select}) s limit 0`;
    const query = statement(whole)(evaluationParameters({ scenarioType, asOf, range: rangeOf(0, 1) }));
    const { fields } = await database.pool.query(query.sql, [...query.parameters]);
    const [uuid, text, int4, jsonb, bool, date] = [2950, 25, 23, 3802, 16, 1082];
    expect(Object.fromEntries(fields.map((field) => [field.name, field.dataTypeID]))).toEqual({
      user_id: uuid,
      chapter_id: uuid,
      occurrence: text,
      key_suffix: text,
      milestone_year: int4,
      milestone_value: int4,
      position: int4,
      message_values: jsonb,
      due: bool,
      due_on: date,
      facts: jsonb,
    });
  });

  test('its defaults are valid parameters, in zod and in the database', async () => {
    expect(scenario.parameters.safeParse(scenario.parameterDefaults).success).toBe(true);
    expect(await fault(scenarioType, scenario.parameterDefaults)).toBeNull();
    expect(scenario.parameters.safeParse({}).success).toBe(true);
  });

  test('its default rule in the database says what the registry says', async () => {
    const { rows } = await database.pool.query(
      `select enabled, cooldown_minutes, parameters from scenario_rules
       where scenario_type = $1 and chapter_id is null and organization_id is null`,
      [scenarioType],
    );
    expect(rows).toEqual([
      { enabled: true, cooldown_minutes: scenario.cooldownMinutes, parameters: scenario.parameterDefaults },
    ]);
  });

  test('has a text of sensible length in every language', () => {
    for (const locale of LOCALES) {
      const { title, body } = scenario.messages[locale]({
        days: 30,
        sessions: 50,
        year: 2026,
        certification: 'X',
        date: '2026-11-20',
        gap: 30,
      });
      expect([title, body].join()).not.toMatch(/undefined|null/);
      expect(title.length).toBeGreaterThan(0);
      expect(title.length).toBeLessThanOrEqual(100);
      expect(body.length).toBeGreaterThan(0);
      expect(body.length).toBeLessThanOrEqual(500);
    }
  });
});

/** Tried as the value of every parameter of every type. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  'x',
  '',
  '30',
  0,
  1,
  -1,
  7,
  30,
  30.5,
  -0.5,
  1e3,
  2147483647,
  2147483648,
  -2147483648,
  1e300,
  1e-300,
  [],
  [0],
  [1],
  [50],
  [50, 100],
  [100, 50],
  [50, 50],
  [0, 50],
  [60, 30, 7],
  [7, 30, 60],
  [-1],
  [1.5],
  [2147483647],
  [2147483648],
  [1, 2147483647],
  ['1'],
  [null],
  [true],
  [[1]],
  [{}],
  [1, null],
  {},
  { 0: 1 },
];
const PARAMETERS: Readonly<Record<ScenarioType, readonly string[]>> = {
  inactivity: ['inactive_days', 'max_reminders'],
  milestone: ['thresholds', 'summary_max_age_hours'],
  certification_expiry: ['lead_days'],
  welcome_back: ['gap_days', 'recent_days'],
};

describe('zod and the database accept the same parameters', () => {
  const names = [...new Set(Object.values(PARAMETERS).flat()), 'something_else', ''];
  test.each(SCENARIO_TYPES)('%s', async (scenarioType) => {
    const verdicts = { accepted: 0, refused: 0 };
    for (const name of names) {
      for (const value of VALUES) {
        const parameters = { [name]: value };
        const accepted = SCENARIOS[scenarioType].parameters.safeParse(parameters).success;
        expect({ parameters, accepted }).toEqual({
          parameters,
          accepted: (await fault(scenarioType, parameters)) === null,
        });
        verdicts[accepted ? 'accepted' : 'refused']++;
      }
    }
    expect(verdicts.accepted).toBeGreaterThan(3);
    expect(verdicts.refused).toBeGreaterThan(100);
  });

  test.each(SCENARIO_TYPES)('%s: every parameter has a default, and no other has one', (scenarioType) => {
    expect(Object.keys(SCENARIOS[scenarioType].parameterDefaults).sort()).toEqual([...PARAMETERS[scenarioType]].sort());
  });

  test.each([null, [], 'x', 5, true])('parameters that are %j are refused by both', async (parameters) => {
    for (const scenarioType of SCENARIO_TYPES) {
      expect(SCENARIOS[scenarioType].parameters.safeParse(parameters).success).toBe(false);
      expect(await fault(scenarioType, parameters)).not.toBeNull();
    }
  });
});
