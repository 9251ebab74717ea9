import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { chapter, mentor, rule } from '../support/factories.ts';
import { startScenario, type ScenarioUnderTest } from '../scenarios/scenario-under-test.ts';

let service: ScenarioUnderTest;
beforeAll(async () => {
  service = await startScenario('certification_expiry');
});
afterAll(() => service.stop());

const MAX_BYTES = 16_384;
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

/** `parameters` as PostgreSQL makes them of an expression, so that only what judges them is measured. */
async function judge(scenarioType: string, parameters: string): Promise<{ fault: string | null; ms: number }> {
  const { rows } = await sql<{ fault: string | null; ms: number }>`
    with given as materialized (select ${sql.raw(parameters)} as parameters, ${scenarioType} as type),
    began as materialized (select clock_timestamp() as at, parameters, type from given),
    judged as materialized (select at, public.scenario_rule_fault(type, parameters) as fault from began)
    select fault, extract(epoch from clock_timestamp() - at) * 1000 as ms from judged`.execute(service.db);
  return { fault: rows[0]!.fault, ms: Number(rows[0]!.ms) };
}

const literal = (value: unknown) => `'${JSON.stringify(value)}'::jsonb`;
/** JSON of so many bytes as PostgreSQL writes it; sound but for its length. */
const ofBytes = (bytes: number) =>
  `jsonb_build_object('thresholds', jsonb_build_array(1), 'messages', jsonb_build_object('nb', jsonb_build_object('title', 'T', 'body', repeat('x', ${bytes - 67}))))`;

describe('lists', () => {
  test.each([
    ['milestone', 'thresholds', '1 to 50 ascending integers >= 1'],
    ['certification_expiry', 'lead_days', '1 to 50 different integers >= 0'],
  ])('a rule of %s has 50 %s at most', async (type, name, expected) => {
    expect((await judge(type, literal({ [name]: numbers(50) }))).fault).toBeNull();
    expect((await judge(type, literal({ [name]: numbers(51) }))).fault).toContain(
      `${name}: expected ${expected}, got [1, 2, `,
    );
  });
});

describe('a rule’s parameters as a whole', () => {
  test('16384 bytes are looked into, and one more is too long', async () => {
    const whole = await judge('milestone', ofBytes(MAX_BYTES));
    expect(whole.fault).toMatch(/^messages\.nb\.body: expected a text of 1 to 500 characters, got "x{59}$/);
    const longer = await judge('milestone', ofBytes(MAX_BYTES + 1));
    expect(longer.fault).toBe('parameters: expected at most 16384 bytes of JSON, got 16385');
  });

  test('bytes count, not characters', async () => {
    const { fault } = await judge('milestone', `jsonb_build_object('x', repeat('é', 8200))`);
    expect(fault).toBe('parameters: expected at most 16384 bytes of JSON, got 16409');
  });

  test.each([
    [
      'a list of 3,000,000 leads',
      `(select jsonb_build_object('lead_days', jsonb_agg(n)) from generate_series(1, 3000000) n)`,
    ],
    ['100,000 unknown keys', `(select jsonb_object_agg('k' || n, 1) from generate_series(1, 100000) n)`],
    [
      '100,000 unknown languages',
      `(select jsonb_build_object('messages', jsonb_object_agg('k' || n, 1)) from generate_series(1, 100000) n)`,
    ],
    ['a text of 10 MB', `jsonb_build_object('messages', repeat('x', 10000000))`],
    ['no object, and long', `(select jsonb_agg(n) from generate_series(1, 100000) n)`],
    [
      '100,000 empty lists in one',
      `(select jsonb_build_object('lead_days', jsonb_agg('[]'::jsonb)) from generate_series(1, 100000) n)`,
    ],
  ])('%s is refused in milliseconds', async (_, parameters) => {
    const { fault, ms } = await judge('certification_expiry', parameters);
    expect(fault).toMatch(/^parameters: expected at most 16384 bytes of JSON, got (\d+|many times as much)$/);
    // A hundred times what it takes, for a machine that is busy.
    expect(ms).toBeLessThan(500);
  });

  test('the densest JSON of 16384 bytes is written out before it is called too long', async () => {
    // "[],[],…": PostgreSQL's own form takes twice its text, the most there is for its kind.
    for (const list of [`'[]'::jsonb`, `'1'::jsonb`, `'{}'::jsonb`, `'""'::jsonb`, `'[[[[]]]]'::jsonb`]) {
      const { rows } = await sql<{ ratio: number }>`
        select pg_column_size(j) / octet_length(j::text)::float as ratio
        from (select jsonb_agg(${sql.raw(list)}) as j from generate_series(1, 3000)) dense`.execute(service.db);
      expect(rows[0]!.ratio).toBeLessThan(8);
    }
  });

  test('a scenario type of 10 MB is answered in a line', async () => {
    const { rows } = await sql<{ fault: string }>`
      select public.scenario_rule_fault(repeat('x', 10000000), '{}') as fault`.execute(service.db);
    expect(rows[0]!.fault).toMatch(/got x{60}$/);
  });
});

test('five faults are named, and a sixth is counted', async () => {
  const unknown = (count: number) => Object.fromEntries(numbers(count).map((n) => [`k${n}`, 1]));
  expect((await judge('milestone', literal(unknown(5)))).fault).toMatch(/k5: unknown, [^;]*$/);
  expect((await judge('milestone', literal(unknown(6)))).fault).toMatch(/k5: unknown, [^;]*; and 1 more$/);
});

test('the table refuses in the same words', async () => {
  const chapterId = await chapter(service.db);
  await expect(
    rule(service.db, { scenarioType: 'certification_expiry', chapterId, parameters: { lead_days: numbers(51) } }),
  ).rejects.toThrow(
    `scenario rule certification_expiry of chapter ${chapterId}: lead_days: expected 1 to 50 different integers >= 0, got [`,
  );
  await expect(
    rule(service.db, { scenarioType: 'certification_expiry', chapterId, parameters: { x: 'y'.repeat(20_000) } }),
  ).rejects.toThrow('parameters: expected at most 16384 bytes of JSON, got 20009');
});

test('a rule of 3,000,000 leads from before leaves out its own chapter, and nobody else', async () => {
  await sql`alter table scenario_rules drop constraint scenario_rules_parameters_check`.execute(service.db);
  const [its, other] = [await chapter(service.db), await chapter(service.db)];
  await rule(service.db, { scenarioType: 'certification_expiry', chapterId: its });
  await sql`
    update scenario_rules
    set parameters = (select jsonb_build_object('lead_days', jsonb_agg(n)) from generate_series(1, 3000000) n)
    where chapter_id = ${its}`.execute(service.db);
  const [left, served] = [await mentor(service.db, { chapterId: its }), await mentor(service.db, { chapterId: other })];
  for (const id of [left, served])
    await sql`insert into certifications (user_id, certification_type, expires_on) values (${id}, 'first aid', '2026-12-20')`.execute(
      service.db,
    );
  expect(await service.candidates(left)).toEqual([]);
  expect(await service.candidates(served)).toHaveLength(1);
});
