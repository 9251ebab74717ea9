import { afterAll, describe, expect, test } from '@jest/globals';
import { scriptsOf, type SweptBatch } from '../../proof/bench/floor.ts';
import { bare, folded, variable } from '../../proof/bench/psql-script.ts';
import { recordStatements } from '../../proof/bench/record-statements.ts';
import { statementNames } from '../../proof/bench/statement-times.ts';
import { createPool } from '../../db/connect.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { createDatabase } from '../support/database.ts';

const database = await createDatabase();
const { pool } = database;
afterAll(() => database.drop());

const now = new Date('2026-11-20T09:00:00Z');
const batch = (scenario_type: SweptBatch['scenario_type'], claimed: number): SweptBatch => ({
  batch_key: `batch-${scenario_type}`,
  plan_key: 'plan',
  scenario_type,
  as_of: now,
  range: rangeOf(0, 1),
  claimed,
});

/** What psql does with its own commands and variables, where nothing was begun. */
const withoutPsql = (script: string) =>
  script
    .replaceAll(/^\\echo .*$/gm, '')
    .replaceAll('\\gset', ';')
    .replaceAll(`:'last_user'`, `'ffffffff-ffff-ffff-ffff-ffffffffffff'`)
    .replaceAll(/:'\w+'/g, `'{}'`);

describe('the bare statements', () => {
  test.each(SCENARIO_TYPES)('of a batch of %s are all accepted by PostgreSQL', async (scenarioType) => {
    const { evaluate, dispatch } = await scriptsOf(batch(scenarioType, 1), now);
    const { hold, reserve, begin, exchange, conclude } = dispatch!;
    await pool.query(withoutPsql([evaluate, hold, reserve, begin, exchange, conclude].join('\n')));
    const { rows } = await pool.query(
      'select candidates, dispatch_fence from evaluation_batches where batch_key = $1',
      [`batch-${scenarioType}`],
    );
    expect(rows).toEqual([{ candidates: 0, dispatch_fence: 1 }]);
  });

  test('of an exchange are one transaction: learn, begin', async () => {
    const { dispatch } = await scriptsOf(batch('inactivity', 1), now);
    expect([...dispatch!.exchange.matchAll(/^\\echo (.*)$/gm)].map(([, said]) => said)).toEqual([
      '@begin', // the transaction
      '@begin', // how long it waits for a lock
      '@begin', // the planner's settings
      '@learn',
      '@begin',
      '@learn', // the commit
      '=:messages',
    ]);
    expect(dispatch!.exchange.match(/\\gset/g)).toHaveLength(1);
    expect(dispatch!.begin).not.toMatch(/:'/);
  });

  test('of a batch that claims nobody end with the claim', async () => {
    expect((await scriptsOf(batch('milestone', 0), now)).dispatch).toBeNull();
  });
});

test('what the repository sends is recorded in its transaction, in order', async () => {
  const recorded = await recordStatements((repository) =>
    repository.beginAttempts({
      batchKey: 'b',
      fence: 1,
      messages: 8,
      now,
      afterUser: null,
      checkBefore: now,
      projectId: 'p',
      isProbe: false,
    }),
  );
  expect(recorded.map(({ sql }) => sql.split(/\s/)[0])).toEqual(['begin', 'select', '--', '--', 'commit']);
});

test('a literal stands for each parameter, quotes in it doubled', () => {
  const parameters = ["O'Brien", 5, null, now, ['a', 'b'], true, variable('ids'), [variable('ids')]];
  expect(bare({ sql: '$1 $2 $3 $4 $5 $6 $7 $8', parameters })).toBe(
    `'O''Brien' 5 null '2026-11-20T09:00:00.000Z' array['a', 'b'] true :'ids' :'ids'`,
  );
});

test('the outermost SELECT is folded, not one in a comment, a text or a WITH', async () => {
  const sql = folded(
    `with a as (select 1 as n union all select 2) -- select\nselect n, 'select' as s from a`,
    { ns: 'array_agg(n)' },
    new Map([["'x'", 'xs']]),
  );
  expect((await pool.query(sql)).rows).toEqual([{ ns: '{1,2}', xs: '{x,x}' }]);
});

test("PostgreSQL's number of a statement is known for everything a sweep runs", async () => {
  const counting = createPool({
    url: `${database.url}?options=${encodeURIComponent('-c compute_query_id=on')}`,
    maxConnections: 1,
  });
  const names = await statementNames(counting);
  await counting.end();
  expect([...names.values()]).toEqual(
    expect.arrayContaining([
      ...SCENARIO_TYPES.map((type) => `claim-candidates ${type}`),
      'open-batch',
      'begin-attempts',
      'learn-outcomes',
      'settle-claims',
      'settle-these-claims',
      'count-run',
      'count-mentors',
    ]),
  );
  expect(new Set(names.keys()).size).toBe(names.size);
});
