import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql, type Transaction } from 'kysely';
import { evaluationParameters } from '../../db/evaluation-request.ts';
import { evaluationStatement, expectMany } from '../../db/evaluation-statement.ts';
import { all } from '../../db/run-statement.ts';
import type { Database } from '../../db/tables.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import { SCENARIO_TYPES, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, mentor } from '../support/factories.ts';

/** One mentor and many chapters: the planner expects next to nothing of a range, as it does of ten million mentors' batches. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  for (let i = 0; i < 50; i++) await chapter(database.db);
  await mentor(database.db);
  await database.pool.query('analyze');
});
afterAll(() => database.drop());

/** When hours begin is joined by the clock: a hash of few rows, too. */
const OPENINGS_ONE_BY_ONE = /Join Filter: .*clock = /;
const COMPARED_ONE_BY_ONE = /Join Filter: .*chapter_id = .*chapter_id/;

describe('where statistics promise a single mentor, all of them are joined with the rules at once', () => {
  test.each(SCENARIO_TYPES)('%s', async (scenarioType) => {
    const plan = await planOf(scenarioType, expectMany);
    expect(plan).not.toMatch(COMPARED_ONE_BY_ONE);
    expect(plan).not.toMatch(OPENINGS_ONE_BY_ONE);
  });

  test.each(SCENARIO_TYPES)('%s is not compiled, however dear the planner takes it to be', async (scenarioType) => {
    expect(await planOf(scenarioType, expectMany)).not.toMatch(/^JIT:/m);
  });

  test('and this test would notice a comparison of each of them with every chapter', async () => {
    const neither = async (tx: Transaction<Database>) => {
      for (const way of ['hashjoin', 'mergejoin']) await sql.raw(`set local enable_${way} = off`).execute(tx);
    };
    expect(await planOf('inactivity', neither)).toMatch(COMPARED_ONE_BY_ONE);
  });
});

function planOf(scenarioType: ScenarioType, prepare: (tx: Transaction<Database>) => Promise<void>): Promise<string> {
  const explain = evaluationStatement<{ 'QUERY PLAN': string }>(
    scenarioType,
    'preview-candidates',
    (text) => `explain ${text}`,
  );
  return database.db.transaction().execute(async (tx) => {
    await prepare(tx);
    const rows = await all(
      tx,
      explain,
      evaluationParameters({ scenarioType, asOf: new Date(), range: rangeOf(7, 1_000) }),
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  });
}
