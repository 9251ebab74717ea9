import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { connect, createPool } from '../../db/connect.ts';
import type { AttemptResult } from '../../db/attempts.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { HOUR } from '../../domain/durations.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { mentor } from '../support/factories.ts';
import { ACCEPTED, begin, claimRequest, claimsOf, dispatchAs, logOf, recordsOf, settle, takeOver } from './claiming.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let database: TestDatabase;
let repository: ScenarioRepository;

beforeAll(async () => {
  database = await createDatabase();
  repository = new ScenarioRepository(database.worker.db);
});
afterAll(() => database.drop());
afterEach(async () => {
  await database.pool.query(
    'truncate follow_up_notification_log, scenario_notifications, scenario_claims, evaluation_batches, users cascade',
  );
});

const deleteUser = (id: string) => database.pool.query('delete from users where id = $1', [id]);
const answers = (attempts: Awaited<ReturnType<typeof begin>>) =>
  attempts.map((each) => ({ ...each, outcome: ACCEPTED, answered_at: asOf }));

/** Foreign keys without an index that a delete could use: valid, of their columns first, over every row that has them. */
async function keysWithoutIndex(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(`
    select k.conname as name
    from pg_constraint k
    where k.contype = 'f' and k.connamespace = 'public'::regnamespace
      and not exists (
        select from pg_index i
        where i.indrelid = k.conrelid and i.indisvalid
          and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] = k.conkey
          and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = (
            select format('(%I IS NOT NULL)', a.attname) from pg_attribute a
            where a.attrelid = k.conrelid and a.attnum = k.conkey[1])))
    order by 1`);
  return rows.map((row) => row.name);
}

describe('an index for every foreign key that a delete follows', () => {
  test('is there', async () => {
    expect(await keysWithoutIndex()).toEqual([]);
  });

  test.each([
    ['scenario_claims_window_key', 'scenario_claims_user_id_fkey'],
    ['scenario_notifications_scenario_rule_id_idx', 'scenario_notifications_scenario_rule_id_fkey'],
    ['logged_skips_scenario_rule_id_idx', 'logged_skips_scenario_rule_id_fkey'],
  ])('and it would be noticed if %s were gone', async (index, key) => {
    const {
      rows: [found],
    } = await database.pool.query<{ definition: string }>('select pg_get_indexdef($1::regclass) as definition', [
      index,
    ]);
    await database.pool.query(`drop index ${index}`);
    try {
      expect(await keysWithoutIndex()).toEqual([key]);
    } finally {
      await database.pool.query(found!.definition);
    }
  });
});

describe('the key of a cooldown window', () => {
  test('refuses a second live claim, and takes any number of released ones', async () => {
    const id = await mentor(database.db);
    await repository.evaluateAndClaim(claimRequest(asOf));
    const again = `
      insert into scenario_claims (batch_key, user_id, chapter_id, scenario_type, triggered_at, evaluation_date,
        cooldown_window_start, idempotency_key, date_window, on_unknown, expires_at, claimed_at, state)
      select batch_key, user_id, chapter_id, scenario_type, triggered_at, evaluation_date,
        cooldown_window_start, encode(sha256(convert_to($1, 'UTF8')), 'hex'), date_window, on_unknown, expires_at, claimed_at, $2
      from scenario_claims where user_id = $3 limit 1`;
    for (const n of ['one', 'two']) await database.pool.query(again, [n, 'released', id]);
    expect(await claimsOf(database.db, id)).toHaveLength(3);
    await expect(database.pool.query(again, ['three', 'open', id])).rejects.toMatchObject({
      code: '23505',
      constraint: 'scenario_claims_window_key',
    });
  });
});

describe('whoever deletes their account', () => {
  test('takes records, log and claims along, and nothing of anybody else', async () => {
    const [leaving, staying] = [await mentor(database.db), await mentor(database.db)];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    expect(await dispatchAs(repository, request.batchKey, asOf)).toMatchObject({ sent: 2 });
    await deleteUser(leaving);
    for (const rowsOf of [claimsOf, recordsOf, logOf]) {
      expect(await rowsOf(database.db, leaving)).toEqual([]);
      expect(await rowsOf(database.db, staying)).toHaveLength(1);
    }
  });

  test('while they are evaluated has no claim; the evaluation is run again and claims the others', async () => {
    const [leaving, staying] = [await mentor(database.db), await mentor(database.db)];
    const deleting = await database.pool.connect();
    await deleting.query('begin');
    await deleting.query('delete from users where id = $1', [leaving]);
    const request = claimRequest(asOf);
    const evaluated = repository.evaluateAndClaim(request);
    await whenSomebodyWaits();
    await deleting.query('commit');
    deleting.release();
    expect(await evaluated).toMatchObject({ claimed: 1 });
    expect(await claimsOf(database.db, staying)).toHaveLength(1);
  });

  test('while their answer is written leaves no record; the others have theirs', async () => {
    const [leaving, staying] = [await mentor(database.db), await mentor(database.db)];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    const fence = await takeOver(repository, request.batchKey, asOf);
    const results = answers(await begin(repository, request.batchKey, fence, asOf));
    await repository.learnOutcomes(results, asOf);
    const deleting = await database.pool.connect();
    await deleting.query('begin');
    await deleting.query('delete from users where id = $1', [leaving]);
    const settled = settle(repository, request.batchKey, fence, asOf);
    await whenSomebodyWaits();
    await deleting.query('commit');
    deleting.release();
    expect(await settled).toMatchObject({ sent: 1, recorded: 1 });
    expect(await recordsOf(database.db, staying)).toHaveLength(1);
  });

  test('is counted as withdrawn, so that the counts of the batch still add up', async () => {
    const [leaving] = [await mentor(database.db), await mentor(database.db)];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    await deleteUser(leaving);
    await dispatchAs(repository, request.batchKey, asOf);
    expect(await repository.countBatch(request.batchKey, asOf)).toMatchObject({ sent: 1, withdrawn: 1, open: 0 });
  });

  test('after it was sent stays counted as sent', async () => {
    const [leaving] = [await mentor(database.db), await mentor(database.db)];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    await dispatchAs(repository, request.batchKey, asOf);
    expect(await repository.countBatch(request.batchKey, asOf)).toMatchObject({ sent: 2, withdrawn: 0 });
    await deleteUser(leaving);
    for (let again = 0; again < 2; again++) {
      expect(await repository.countBatch(request.batchKey, asOf)).toMatchObject({ sent: 2, withdrawn: 0, open: 0 });
    }
  });
});

describe('of two that wait for each other, the service gives way', () => {
  let pool: pg.Pool;
  let service: ScenarioRepository;
  let deleting: pg.PoolClient;
  const lock = (id: string) => deleting.query('select from users where id = $1 for update', [id]);

  beforeEach(async () => {
    // Who looks for a deadlock first is the one that is ended: by that alone, it would not be the service.
    await database.pool.query(`do $$ begin
      execute format('alter database %I set deadlock_timeout = %L', current_database(), '1min');
    end $$`);
    pool = createPool({ url: database.worker.url });
    service = new ScenarioRepository(connect(pool));
    deleting = await database.pool.connect();
    await deleting.query(`set deadlock_timeout = '3s'`);
    await deleting.query('begin');
  });
  afterEach(async () => {
    deleting.release(true);
    await pool.end();
  });

  test('settling, to whoever deletes one who was told', async () => {
    const [leaving] = [await mentor(database.db), await mentor(database.db)];
    const request = claimRequest(asOf);
    await service.evaluateAndClaim(request);
    const fence = await takeOver(service, request.batchKey, asOf);
    await service.learnOutcomes(answers(await begin(service, request.batchKey, fence, asOf)), asOf);
    // As a delete does, which then follows the foreign keys to the claim.
    await lock(leaving);
    const settled = settle(service, request.batchKey, fence, asOf);
    await whenSomebodyWaits();
    await deleting.query('delete from users where id = $1', [leaving]);
    await deleting.query('commit');
    expect(await settled).toMatchObject({ sent: 1, recorded: 1 });
  });

  test('claiming, to whoever deletes several, in whatever order', async () => {
    const ids = [await mentor(database.db), await mentor(database.db), await mentor(database.db)].toSorted();
    await lock(ids[1]!);
    const evaluated = service.evaluateAndClaim(claimRequest(asOf));
    await whenSomebodyWaits();
    await deleting.query('delete from users where id = any($1)', [[ids[1], ids[0]]]);
    await deleting.query('commit');
    expect(await evaluated).toMatchObject({ claimed: 1 });
  });

  type Batch = { batchKey: string; fence: number; now: Date; results: readonly AttemptResult[] };
  const later = new Date(asOf.getTime() + HOUR);

  test.each<[string, { isBegun: boolean }, (batch: Batch) => Promise<unknown>]>([
    ['learning', { isBegun: true }, ({ results }) => service.learnOutcomes(results, asOf)],
    [
      'learning, where another has taken over',
      { isBegun: true },
      (batch) => service.exchangeAnswers({ ...batch, fence: batch.fence - 1, begin: null }),
    ],
    ['disowning', { isBegun: true }, (batch) => service.disownAttempts(batch)],
    [
      'withdrawing',
      { isBegun: false },
      ({ batchKey }) => service.withdrawClaims({ batchKeys: [batchKey] }, 'recalled', asOf),
    ],
    [
      'checking what has waited',
      { isBegun: false },
      (batch) => service.checkStaleClaims({ ...batch, checkBefore: later, now: later }),
    ],
  ])('%s, to whoever deletes two, one after the other', async (_, { isBegun }, work) => {
    const [first, second] = [await mentor(database.db), await mentor(database.db)].toSorted();
    const { batchKey } = claimRequest(asOf);
    await service.evaluateAndClaim(claimRequest(asOf, { batchKey }));
    const { fence } = (await service.becomeHolder(batchKey, null))!;
    const results = answers(isBegun ? await begin(service, batchKey, fence, asOf) : []);
    await service.becomeHolder(batchKey, null);
    await deleting.query('delete from users where id = $1', [second]);
    const done = work({ batchKey, fence: fence + 1, now: asOf, results });
    await whenSomebodyWaits();
    await deleting.query('delete from users where id = $1', [first]);
    await deleting.query('commit');
    await done;
    expect(await claimsOf(database.db, first!)).toEqual([]);
  });
});

async function whenSomebodyWaits(): Promise<void> {
  for (;;) {
    const { rowCount } = await database.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rowCount) return;
    await sleep(20);
  }
}
