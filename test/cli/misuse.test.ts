import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { sql } from 'kysely';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { readConfig } from '../../worker/config.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createFolder } from '../support/folder.ts';
import { runInProcess } from '../support/in-process.ts';
import type { Outcome } from '../support/running-service.ts';

/** Nothing here may get as far as a server: there is none. */
const env = {
  HOME: '/nonexistent',
  DATABASE_URL: 'postgres://127.0.0.1:1/nobody',
  TEMPORAL_ADDRESS: 'x:y:z',
  NO_COLOR: '1',
};
const folder = createFolder();
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
  folder.remove();
});

const HOSTILE = [
  '',
  ' ',
  '-',
  '--',
  '-1',
  '0',
  '1e999',
  'NaN',
  '9'.repeat(400),
  '\0',
  '\ud800',
  '🐤',
  '‮abc',
  "'; drop table users; --",
  '$1',
  '%s',
  '{days}',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '+275761-01-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  'x'.repeat(100_000),
];
const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.stringMatching(/^[a-z0-9:-]{0,40}$/),
);
// A worker takes the process's one Runtime: test/cli/secrets.slow.test.ts has it in each way of failing.
const COMMANDS = [
  'migrate',
  'schedules',
  'sweep',
  'preview',
  'explain',
  'messages',
  'notify',
  'halt',
  'recall',
  'held',
  'runs',
  'person',
  'doctor-not',
  'codec-server',
  '',
];
const WORDS = [
  'up',
  'down',
  'status',
  'list',
  'settle',
  'release',
  'export',
  'erase',
  'pause',
  'stop',
  'progress',
  'apply',
  '--json',
  '--scenario',
  '--as-of',
  '--limit',
  '--steps',
  '--mentor',
  '--user',
  '--rules',
  '--list',
  '--wait',
  '--send-late',
  '--note',
  '--end',
  '--sweep',
  '--since',
  '--all',
  '--port',
  '--host',
  '--origin',
  '--help',
  '--',
  '-s',
  '-m',
  ...SCENARIO_TYPES,
];
const commandLine = fc
  .tuple(fc.constantFrom(...COMMANDS), fc.array(fc.oneof(fc.constantFrom(...WORDS), text), { maxLength: 6 }))
  .map(([command, rest]) => [command, ...rest]);

/** Done, failed with a code, or misused with words; never a stack. */
function assertToldWell({ code, out, error }: Outcome): void {
  expect([0, 1, 2]).toContain(code);
  expect(out + error).not.toMatch(/^\s+at \S+ \(|^\s+at (file|node):|TypeError|undefined is not|Cannot read prop/m);
  if (code === 1) expect(error).toMatch(/^E_(?!UNEXPECTED)[A-Z_]+: \S/m);
  if (code === 2) expect(error).toMatch(/^(error: .{10,}|E_[A-Z_]+: .{10,}|Usage: )/m);
}

describe('whatever is typed', () => {
  test('ends with 0, 1 or 2, a reason, and no stack', async () => {
    let misused = 0;
    await fc.assert(
      fc.asyncProperty(commandLine, async (args) => {
        const outcome = await runInProcess(args, env);
        assertToldWell(outcome);
        misused += outcome.code === 2 ? 1 : 0;
      }),
      { numRuns: 2_000 },
    );
    expect(misused).toBeGreaterThan(1_000);
  }, 300_000);

  test.each([
    [['explain', '--mentor'], text],
    [['held', 'settle'], text],
    [['held', 'release', '--since'], text],
    [['halt', '--note'], text],
    [['recall', '--sweep'], text],
    [['sweep', 'stop'], text],
    [['schedules', 'pause'], text],
    [['migrate', 'down', '--steps'], text],
    [['sweep', '--limit'], text],
    [['runs', '--limit'], text],
    [['preview', '--as-of'], text],
    [['preview', '--scenario'], text],
    [['codec-server', '--port'], text],
  ])(
    '%j with anything after it is done, or told apart',
    async (before, after) => {
      await fc.assert(
        fc.asyncProperty(after, async (value) => assertToldWell(await runInProcess([...before, value], env))),
        { numRuns: 150 },
      );
    },
    120_000,
  );
});

describe('whatever the environment holds', () => {
  const names = [
    'DATABASE_URL',
    'DATABASE_CONNECTIONS',
    'FCM_MESSAGES_PER_SECOND',
    'FIREBASE_PROJECT_ID',
    'FIREBASE_MESSAGING_EMULATOR_HOST',
    'LOG_LEVEL',
    'GOOGLE_APPLICATION_CREDENTIALS',
  ];

  test('a worker’s configuration is read, or refused with a line for each variable', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), text), (values) => {
        try {
          readConfig(values);
        } catch (error) {
          const { message } = error as Error;
          expect(message).toMatch(/^E_CONFIG: the environment needs a change:\n(  - [A-Z_]+: [^\n]+(\n|$))+$/);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('keys and addresses are used, or refused with a code', async () => {
    const variables = fc.dictionary(
      fc.constantFrom(
        'PAYLOAD_KEYS',
        'PAYLOAD_KEYS_FILE',
        'TEMPORAL_CONFIG_FILE',
        'TEMPORAL_PROFILE',
        'TEMPORAL_API_KEY',
        'TEMPORAL_TLS',
        'CODEC_SERVER_TOKEN_FILE',
        'DATABASE_URL',
      ),
      text.filter((value) => !value.includes('\0')),
    );
    await fc.assert(
      fc.asyncProperty(variables, async (values) => {
        for (const args of [['codec-server', '--port', '1'], ['runs']])
          assertToldWell(await runInProcess(args, { ...env, ...values }));
      }),
      { numRuns: 200 },
    );
  });
});

describe('whatever a rule’s parameters are', () => {
  const parameters = fc.dictionary(
    fc.oneof(
      fc.constantFrom(
        'inactive_days',
        'max_reminders',
        'thresholds',
        'summary_max_age_hours',
        'lead_days',
        'gap_days',
        'recent_days',
        'messages',
        'nb',
        '__proto__',
      ),
      text,
    ),
    fc.oneof(
      fc.jsonValue(),
      fc.integer(),
      fc.array(fc.integer()),
      fc.record({ nb: fc.record({ title: text, body: text }) }, { requiredKeys: [] }),
    ),
    { maxKeys: 4 },
  );
  const type = fc.oneof(fc.constantFrom(...SCENARIO_TYPES), text);
  const storable = (value: string) => !/\\u0000|\0/.test(value) && value.isWellFormed() && !/\\ud[89a-f]/i.test(value);

  test('the database says what is wrong with them, or keeps a rule that the service reads the same', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(type, parameters, async (scenarioType, given) => {
        const json = JSON.stringify(given);
        fc.pre(storable(json) && storable(scenarioType));
        const { rows } = await sql<{
          fault: string | null;
        }>`select scenario_rule_fault(${scenarioType}::text, ${json}::jsonb) as fault`.execute(database.db);
        const { fault } = rows[0]!;
        if (fault === null) return;
        refused++;
        expect(fault).toMatch(/expected|unknown/);
        expect(fault.length).toBeLessThan(1_500);
      }),
      { numRuns: 1_500 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  test('preview --rules refuses what is no rule with field and expectation, and writes nothing', async () => {
    const file = join(folder.path, 'rules.json');
    const rule = fc.record(
      {
        scenario_type: type,
        cooldown_minutes: fc.oneof(fc.integer(), text),
        parameters,
        enabled: fc.oneof(fc.boolean(), text),
      },
      { requiredKeys: [] },
    );
    const content = fc.oneof(
      fc.array(rule, { maxLength: 3 }).map((all) => JSON.stringify(all)),
      text,
      fc.json(),
    );
    await fc.assert(
      fc.asyncProperty(content, async (written) => {
        writeFileSync(file, written);
        const outcome = await runInProcess(['preview', '--json', '--rules', file], {
          ...env,
          DATABASE_URL: database.url,
        });
        assertToldWell(outcome);
        if (outcome.code !== 0) expect(outcome.error).toMatch(/^E_RULES_FILE: --rules: /);
      }),
      { numRuns: 250 },
    );
    expect(await database.db.selectFrom('scenario_rules').select('id').execute()).toHaveLength(SCENARIO_TYPES.length);
  });
});
