import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { planBrake } from '../../db/brakes.ts';
import { DEFAULT_BRAKE } from '../../domain/brake.ts';
import { countPrunable, pruneBefore } from '../../db/prune.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { DAY, HOUR } from '../../domain/durations.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, mentor } from '../support/factories.ts';
import { claimRequest, claimsOf, dispatchAs, logOf, recordsOf } from './claiming.ts';

const longAgo = new Date('2025-03-01T09:00:00Z');
const before = new Date(longAgo.getTime() + 2 * DAY);
let database: TestDatabase;
let repository: ScenarioRepository;
let chapterId: string;
let plans = 0;

beforeAll(async () => {
  database = await createDatabase();
  repository = new ScenarioRepository(database.db);
  chapterId = await chapter(database.db);
});
afterAll(() => database.drop());

const attempts = async () =>
  Number((await database.pool.query('select count(*) from delivery_attempts')).rows[0].count);
const batch = async (batchKey: string) =>
  (await database.pool.query('select from evaluation_batches where batch_key = $1', [batchKey])).rowCount;
const prune = () => pruneBefore(database.db, before);

/** A mentor who passed fifty sessions, and the batch that claims it for her alone. */
async function claim(at: Date, planKey = `plan-${++plans}`) {
  const id = await mentor(database.db, { chapterId });
  await database.db
    .insertInto('annual_summary')
    .values({ user_id: id, year: at.getUTCFullYear(), session_count: 60, computed_at: at })
    .execute();
  const request = claimRequest(at, { scenarioType: 'milestone', planKey });
  await repository.evaluateAndClaim(request);
  return { id, ...request };
}

/** As a sweep leaves it: a run that is summed from the plan's batches. */
async function run(planKey: string): Promise<void> {
  await database.db
    .insertInto('evaluation_runs')
    .values({
      workflow_id: planKey,
      first_run_id: 'r',
      scenario_type: 'milestone',
      as_of: longAgo,
      plan_key: planKey,
      started_at: longAgo,
      finished_at: longAgo,
    })
    .execute();
}

test('what was sent before goes, its record and its line in the log stay, and it is not sent again', async () => {
  const sent = await claim(longAgo);
  await dispatchAs(repository, sent.batchKey, longAgo);
  expect(await countPrunable(database.db, before)).toMatchObject({ batches: 1, claims: 1, attempts: 1 });
  expect(await claimsOf(database.db, sent.id)).toHaveLength(1);

  expect(await prune()).toMatchObject({ batches: 1, claims: 1, attempts: 1 });

  expect([await claimsOf(database.db, sent.id), await attempts(), await batch(sent.batchKey)]).toEqual([[], 0, 0]);
  expect(await recordsOf(database.db, sent.id)).toMatchObject([{ delivery_status: 'sent', occurrence: '2025:50' }]);
  expect(await logOf(database.db, sent.id)).toHaveLength(1);
  for (const later of [HOUR, DAY, 200 * DAY]) {
    const again = await repository.evaluateAndClaim(
      claimRequest(new Date(longAgo.getTime() + later), { scenarioType: 'milestone' }),
    );
    expect(again.claimed).toBe(0);
  }
  await prune();
});

describe('stays', () => {
  test('what was settled exactly at the limit; a millisecond before it goes', async () => {
    const at = await claim(longAgo);
    await dispatchAs(repository, at.batchKey, before);
    expect((await prune()).batches).toBe(0);
    expect((await pruneBefore(database.db, new Date(before.getTime() + 1))).batches).toBe(1);
  });

  test('what was never settled', async () => {
    const open = await claim(longAgo);
    expect((await prune()).batches).toBe(0);
    expect(await claimsOf(database.db, open.id)).toMatchObject([{ state: 'open' }]);
    await dispatchAs(repository, open.batchKey, longAgo);
    expect((await prune()).batches).toBe(1);
  });

  test('a sweep that evaluated yesterday as of long ago', async () => {
    const late = await claim(longAgo);
    await dispatchAs(repository, late.batchKey, longAgo);
    await database.pool.query('update evaluation_batches set evaluated_at = $1 where batch_key = $2', [
      before,
      late.batchKey,
    ]);
    expect((await prune()).batches).toBe(0);
    await database.pool.query('update evaluation_batches set evaluated_at = $1 where batch_key = $2', [
      longAgo,
      late.batchKey,
    ]);
    expect((await prune()).batches).toBe(1);
  });

  test('the claim of a record that was deleted today: it was released by that, today', async () => {
    const undone = await claim(longAgo);
    await dispatchAs(repository, undone.batchKey, longAgo);
    await database.db.deleteFrom('scenario_notifications').where('user_id', '=', undone.id).execute();
    expect((await prune()).batches).toBe(0);
    expect(await claimsOf(database.db, undone.id)).toMatchObject([{ state: 'released' }]);
    await database.db.deleteFrom('scenario_claims').where('user_id', '=', undone.id).execute();
    await database.db.deleteFrom('annual_summary').where('user_id', '=', undone.id).execute();
    await prune();
  });

  test('every batch of a sweep of which one is not settled; the others go with it', async () => {
    const plan = 'plan-of-a-sweep';
    await run(plan);
    const [done, open] = [await claim(longAgo, plan), await claim(longAgo, plan)];
    await dispatchAs(repository, done.batchKey, longAgo);
    expect((await prune()).batches).toBe(0);
    await dispatchAs(repository, open.batchKey, longAgo);
    expect((await prune()).batches).toBe(2);
  });

  test('no batch for the sake of one that is no sweep’s: evaluations of single mentors share nothing', async () => {
    const [done, open] = [await claim(longAgo, 'direct'), await claim(longAgo, 'direct')];
    await dispatchAs(repository, done.batchKey, longAgo);
    expect((await prune()).batches).toBe(1);
    expect(await batch(open.batchKey)).toBe(1);
    await dispatchAs(repository, open.batchKey, longAgo);
    await prune();
  });
});

test('twenty-five batches go in three steps', async () => {
  for (let i = 0; i < 25; i++)
    await repository.evaluateAndClaim(claimRequest(longAgo, { scenarioType: 'certification_expiry' }));
  const steps: number[] = [];
  await pruneBefore(database.db, before, ({ batches }) => steps.push(batches), 10);
  expect(steps).toEqual([10, 20, 25]);
});

test('remembered skips, budgets and brakes go by their own age', async () => {
  const id = await mentor(database.db, { chapterId });
  const rule = await database.db.selectFrom('scenario_rules').select('id').executeTakeFirstOrThrow();
  for (const [occurrence, logged_at] of [
    ['old', longAgo],
    ['new', before],
  ] as const) {
    await database.db
      .insertInto('logged_skips')
      .values({ user_id: id, scenario_rule_id: rule.id, occurrence, logged_at })
      .execute();
    await database.db
      .insertInto('sweep_budgets')
      .values({ sweep_key: occurrence, allowance: 1, remaining: 1, created_at: logged_at })
      .execute();
    await planBrake(
      database.db,
      { planKey: occurrence, scenarioType: 'inactivity' },
      { brake: DEFAULT_BRAKE, batches: 1, mentors: 1, allowance: null, now: logged_at },
    );
  }
  expect(await prune()).toMatchObject({ skips: 1, budgets: 1 });
  expect(
    (
      await database.pool.query(
        'select occurrence from logged_skips union all select sweep_key from sweep_budgets union all select plan_key from sweep_brakes',
      )
    ).rows.map((row) => row.occurrence),
  ).toEqual(['new', 'new', 'new']);
});
