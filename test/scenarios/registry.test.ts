import { afterAll, describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { evaluationParameters } from '../../db/evaluation-request.ts';
import { readSql, statement } from '../../db/sql-file.ts';
import { LANGUAGES } from '../../domain/explanation/language.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import { declarationOf, type PlaceholderKind } from '../../domain/scenarios/definition.ts';
import { parameterSchema } from '../../domain/scenarios/parameter-schema.ts';
import { SCENARIO_TYPES, SCENARIOS, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { createDatabase } from '../support/database.ts';
import { declarationDifferences } from './declaration-differences.ts';
import { fileName, placeholdersOfSelect, whatIsMissing } from './missing.ts';
import { asOf } from './scenario-under-test.ts';

const database = await createDatabase();
afterAll(() => database.drop());

const fault = async (scenarioType: string, parameters: unknown): Promise<string | null> => {
  const { rows } = await database.pool.query<{ fault: string | null }>(
    'select scenario_rule_fault($1, $2::jsonb) as fault',
    [scenarioType, JSON.stringify(parameters)],
  );
  return rows[0]!.fault;
};

test.each(SCENARIO_TYPES)('nothing of %s is missing', (scenarioType) => {
  expect(whatIsMissing(scenarioType, SCENARIOS[scenarioType])).toEqual([]);
});

test('and what is missing of a type is said in words', () => {
  const messages = { ...SCENARIOS.welcome_back.messages, nn: undefined as never };
  const birthday = { ...SCENARIOS.welcome_back, messages: { ...messages, en: SCENARIOS.inactivity.messages.en } };
  expect(whatIsMissing('birthday', birthday)).toEqual([
    'birthday: no SELECT: db/sql/scenarios/birthday.sql is not there',
    'birthday: no test: test/scenarios/birthday.test.ts is not there',
    'birthday: no text in nn',
    'birthday: the text in en needs {days}, which is no placeholder of it',
    'birthday: no row "| birthday | `gap_days` | 30 |" in docs/configuration.md',
    'birthday: no row "| birthday | `recent_days` | 7 |" in docs/configuration.md',
    'birthday: no row "| `sweep-birthday` |" in docs/configuration.md',
    'birthday: the evaluator does not know it (DUE in due.ts)',
    'birthday: no Schedule sweeps it',
  ]);
});

test('every SELECT is of a scenario type', () => {
  const folder = new URL('../../db/sql/scenarios/', import.meta.url);
  const orphans = readdirSync(folder).filter(
    (name) => name !== 'README.md' && !SCENARIO_TYPES.some((type) => name === `${fileName(type)}.sql`),
  );
  expect(orphans).toEqual([]);
});

const registry = Object.fromEntries(SCENARIO_TYPES.map((type) => [type, declarationOf(SCENARIOS[type])]));

describe('the registry and the database', () => {
  test('declare the same', async () => {
    const { rows } = await database.pool.query<{ declarations: typeof registry }>(
      'select scenario_push.scenario_declarations() as declarations',
    );
    expect(declarationDifferences(registry, rows[0]!.declarations)).toEqual([]);
  });

  test.each<[string, unknown, unknown, string]>([
    ['a type', undefined, {}, 'inactivity: the database has it, the registry does not'],
    [
      'a type of the registry alone',
      {},
      undefined,
      'inactivity: no migration makes it known to the database: npm run scenario:migration -- inactivity',
    ],
    ['a parameter', { days: {} }, {}, 'inactivity.days: the registry has it, the database does not'],
    [
      'a parameter of the database alone',
      {},
      { days: {} },
      'inactivity.days: the database has it, the registry does not',
    ],
    [
      'null',
      { max: { nullable: true } },
      { max: {} },
      'inactivity.max: the registry allows null, the database does not',
    ],
    [
      'null in the database alone',
      { max: {} },
      { max: { nullable: true } },
      'inactivity.max: the database allows null, the registry does not',
    ],
    ['a limit', { days: { min: 1 } }, { days: { min: 0 } }, 'inactivity.days: the registry has min 1, the database 0'],
    [
      'a bound on a list',
      { lead: { maxItems: 50 } },
      { lead: {} },
      'inactivity.lead: the registry has maxItems 50, the database none',
    ],
    [
      'a default',
      { lead: { default: [60, 30] } },
      { lead: { default: [30] } },
      'inactivity.lead: the registry has default [60,30], the database [30]',
    ],
  ])('that differ in %s are told apart in words', (_, ours, theirs, words) => {
    const declared = (parameters: unknown) =>
      (parameters === undefined ? {} : { inactivity: { parameters, placeholders: [] } }) as unknown as typeof registry;
    expect(declarationDifferences(declared(ours), declared(theirs))).toEqual([words]);
    expect(declarationDifferences(declared(ours), declared(ours))).toEqual([]);
  });

  test('that differ in placeholders are told apart in words', () => {
    const declared = (...placeholders: { name: string; kind: PlaceholderKind }[]) => ({
      inactivity: { parameters: {}, placeholders },
    });
    const [days, date] = [
      { name: 'days', kind: 'number' },
      { name: 'date', kind: 'date' },
    ] as const;
    expect(declarationDifferences(declared(days, date), declared(days))).toEqual([
      'inactivity: the registry has the placeholders date (date), days (number), the database days (number)',
    ]);
    expect(declarationDifferences(declared(days), declared({ name: 'days', kind: 'text' }))).toEqual([
      'inactivity: the registry has the placeholders days (number), the database days (text)',
    ]);
  });
});

test("the tables accept the registry's types, and no others", async () => {
  const { rows } = await database.pool.query<{ name: string; definition: string }>(`
    select conrelid::regclass::text as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'c' and pg_get_constraintdef(oid) ~ 'scenario_type.* = ANY'`);
  expect(rows.length).toBeGreaterThanOrEqual(6);
  for (const { name, definition } of rows) {
    const types = [...definition.matchAll(/'(\w+)'::text/g)].map(([, type]) => type);
    expect({ name, types: types.sort() }).toEqual({ name, types: [...SCENARIO_TYPES].sort() });
  }
});

describe.each(SCENARIO_TYPES)('%s', (scenarioType) => {
  const scenario = SCENARIOS[scenarioType];
  const schema = parameterSchema(scenario);

  test('has texts of its own that the database would accept in a rule', async () => {
    const { rows } = await database.pool.query('select scenario_text_fault($1, $2::jsonb) as fault', [
      scenarioType,
      JSON.stringify({ messages: scenario.messages }),
    ]);
    expect(rows).toEqual([{ fault: null }]);
  });

  test('selects the columns of the contract, with their types', async () => {
    const select = readSql(`scenarios/${fileName(scenarioType)}`);
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
    expect(schema.safeParse(scenario.parameterDefaults).success).toBe(true);
    expect(await fault(scenarioType, scenario.parameterDefaults)).toBeNull();
    expect(schema.safeParse({}).success).toBe(true);
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

  test('declares as placeholders what its SELECT gives as message_values', () => {
    expect(placeholdersOfSelect(fileName(scenarioType)).sort()).toEqual(Object.keys(scenario.placeholders).sort());
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
const parametersOf = (scenarioType: ScenarioType) => Object.keys(SCENARIOS[scenarioType].parameters);

describe('zod and the database accept the same parameters', () => {
  const names = [...new Set(SCENARIO_TYPES.flatMap(parametersOf)), 'something_else', ''];
  test.each(SCENARIO_TYPES)('%s', async (scenarioType) => {
    const verdicts = { accepted: 0, refused: 0 };
    for (const name of names) {
      for (const value of VALUES) {
        const parameters = { [name]: value };
        const accepted = parameterSchema(SCENARIOS[scenarioType]).safeParse(parameters).success;
        expect({ parameters, accepted }).toEqual({
          parameters,
          accepted: (await fault(scenarioType, parameters)) === null,
        });
        verdicts[accepted ? 'accepted' : 'refused']++;
      }
    }
    expect(verdicts.accepted).toBeGreaterThanOrEqual(4 * parametersOf(scenarioType).length);
    expect(verdicts.refused).toBeGreaterThan(100);
  });

  test.each([null, [], 'x', 5, true])('parameters that are %j are refused by both', async (parameters) => {
    for (const scenarioType of SCENARIO_TYPES) {
      expect(parameterSchema(SCENARIOS[scenarioType]).safeParse(parameters).success).toBe(false);
      expect(await fault(scenarioType, parameters)).not.toBeNull();
    }
  });
});

describe.each(SCENARIO_TYPES)('the words of %s', (scenarioType) => {
  const { words, parameters } = SCENARIOS[scenarioType];

  test.each(LANGUAGES)(
    'in %s name the type and each parameter, and say what null means where it may be null',
    (language) => {
      const { title, parameters: said } = words[language];
      expect(title).toMatch(/^\p{Lu}[^.]*$/u);
      expect(Object.keys(said).toSorted()).toEqual(Object.keys(parameters).toSorted());
      for (const [name, { label, help }] of Object.entries(said)) {
        expect({ name, label, help }).toEqual({
          name,
          label: expect.stringMatching(/^\p{Lu}.*[^.:]$/u),
          help: expect.stringMatching(/^\p{Lu}.*\.$/u),
        });
        expect({ name, saysEmpty: /Empty: |Tomt felt: /.test(help) }).toEqual({
          name,
          saysEmpty: parameters[name]!.nullable === true,
        });
      }
    },
  );
});
