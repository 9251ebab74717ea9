import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { DAY, HOUR } from '../../domain/durations.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, daysBefore, mentor, record, rule } from '../support/factories.ts';
import { ACCEPTED, begin, claimRequest, claimsOf, dispatchAs, logOf, recordsOf, settle, takeOver } from './claiming.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
const after = (ms: number) => new Date(asOf.getTime() + ms);
let database: TestDatabase;
let repository: ScenarioRepository;

beforeAll(async () => {
  database = await createDatabase({ poolSize: 30 });
  repository = new ScenarioRepository(database.worker.db);
});
afterAll(() => database.drop());
// Every test has the audience to itself.
afterEach(async () => {
  await database.pool.query(
    'truncate follow_up_notification_log, scenario_notifications, scenario_claims, evaluation_batches, sweep_budgets, users cascade',
  );
});

const mentors = (count: number, values: Parameters<typeof mentor>[1] = {}) =>
  Promise.all(Array.from({ length: count }, () => mentor(database.db, values)));
const claim = (values: Parameters<typeof claimRequest>[1] = {}, at = asOf) =>
  repository.evaluateAndClaim(claimRequest(at, values));
const liveClaims = async () =>
  await database.db
    .selectFrom('scenario_claims')
    .select(['user_id', 'occurrence', 'batch_key'])
    .where('state', '<>', 'released')
    .execute();

describe('a batch', () => {
  test('evaluated twice answers twice with the same counts and holds the same claims', async () => {
    await mentors(4);
    await mentors(2, { activities: [daysBefore(asOf, 3)] });
    await mentors(1, { devices: [] });
    const request = claimRequest(asOf);
    const first = await repository.evaluateAndClaim(request);
    const claims = await liveClaims();
    expect(first).toEqual({
      isNew: true,
      mentors_evaluated: 7,
      mentors_misconfigured: 0,
      candidates: 5,
      suppressed: { no_device_token: 1 },
      claimed: 4,
    });
    expect(await repository.evaluateAndClaim({ ...request, now: after(HOUR) })).toEqual({ ...first, isNew: false });
    expect(await liveClaims()).toEqual(claims);
  });

  test('evaluated ten times at once is evaluated once', async () => {
    await mentors(5);
    const request = claimRequest(asOf);
    const counts = await Promise.all(Array.from({ length: 10 }, () => repository.evaluateAndClaim(request)));
    expect(counts.every((each) => each.claimed === 5 && Object.keys(each.suppressed).length === 0)).toBe(true);
    expect(await liveClaims()).toHaveLength(5);
  });

  test('that another holds back waits for it, and evaluates itself when that one has died', async () => {
    await mentors(3);
    const request = claimRequest(asOf);
    const dying = await database.pool.connect();
    await dying.query('begin');
    await dying.query(
      `insert into evaluation_batches (batch_key, plan_key, scenario_type, as_of, range_from, workflow_id, run_id, evaluated_at)
       values ($1, 'test', 'inactivity', $2, '00000000-0000-0000-0000-000000000000', 'x', 'x', $2)`,
      [request.batchKey, asOf],
    );
    const evaluated = repository.evaluateAndClaim(request);
    await dying.query('rollback');
    dying.release();
    expect(await evaluated).toMatchObject({ claimed: 3 });
  });
});

describe('fifty evaluators at once with batches of their own', () => {
  test.each([
    ['inactivity', 1, {}],
    ['milestone', 3, { activities: Array.from({ length: 201 }, (_, i) => daysBefore(asOf, i)) }],
  ] as const)(
    'claim each notification of %s once',
    async (scenarioType, each, values) => {
      const audience = await mentors(12, values);
      const counts = await Promise.all(Array.from({ length: 50 }, () => claim({ scenarioType })));
      const total = audience.length * each;
      expect(counts.reduce((sum, { claimed }) => sum + claimed, 0)).toBe(total);
      expect(
        counts.every(({ candidates, suppressed, claimed }) => candidates === claimed + (suppressed.in_flight ?? 0)),
      ).toBe(true);
      const claims = await liveClaims();
      expect(claims).toHaveLength(total);
      expect(new Set(claims.map(({ user_id, occurrence }) => `${user_id}:${occurrence}`)).size).toBe(total);
    },
    120_000,
  );

  test('never meet in a deadlock, not even one that a second try would cure', async () => {
    await mentors(400);
    await Promise.all(Array.from({ length: 50 }, () => claim()));
    expect(await liveClaims()).toHaveLength(400);
    await sleep(1_200); // idle sessions report what they counted once a second
    const { rows } = await database.pool.query(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    expect(rows).toEqual([{ deadlocks: 0 }]);
  });

  test('that overlap in part claim everybody once', async () => {
    const audience = await mentors(40);
    await Promise.all(
      [1, 2, 3, 5, 7].flatMap((parts) =>
        Array.from({ length: parts }, (_, index) => claim({ range: rangeOf(index, parts) })),
      ),
    );
    expect((await liveClaims()).map(({ user_id }) => user_id).toSorted()).toEqual(audience.toSorted());
  });
});

describe('the unique keys of claims hold with raw inserts', () => {
  const copy = (id: string, changes: Record<string, unknown>) => {
    const columns = [
      'batch_key',
      'user_id',
      'chapter_id',
      'scenario_type',
      'scenario_rule_id',
      'triggered_at',
      'evaluation_date',
      'occurrence',
      'cooldown_window_start',
      'window_slot',
      'idempotency_key',
      'date_window',
      'on_unknown',
      'expires_at',
      'claimed_at',
    ];
    const values = columns.map((column) => (column in changes ? sql`${changes[column]}` : sql.ref(column)));
    return sql`insert into scenario_claims (${sql.join(columns.map((column) => sql.ref(column)))})
      select ${sql.join(values)} from scenario_claims where user_id = ${id}::uuid limit 1`.execute(database.db);
  };
  const other = { idempotency_key: 'f'.repeat(64) };

  test('the idempotency key', async () => {
    const [id] = (await mentors(1)) as [string];
    await claim();
    await expect(copy(id, { window_slot: 'another' })).rejects.toMatchObject({
      constraint: 'scenario_claims_idempotency_key_key',
    });
  });

  test('the window: two evaluators that saw the same history collide', async () => {
    const [id] = (await mentors(1)) as [string];
    await claim();
    await expect(copy(id, other)).rejects.toMatchObject({ constraint: 'scenario_claims_window_key' });
  });

  test('the occurrence', async () => {
    const [id] = (await mentors(1, { activities: ['2026-09-01', '2026-11-19'] })) as [string];
    await claim({ scenarioType: 'welcome_back' });
    await expect(copy(id, { ...other, window_slot: 'another' })).rejects.toMatchObject({
      constraint: 'scenario_claims_occurrence_key',
    });
  });

  test.each(['open', 'unknown', 'sent', 'held'] as const)('over a claim that is %s', async (state) => {
    const [id] = (await mentors(1)) as [string];
    await claim();
    await database.db.updateTable('scenario_claims').set({ state }).execute();
    await expect(copy(id, other)).rejects.toMatchObject({ code: '23505' });
  });

  test('and not over one that is released', async () => {
    const [id] = (await mentors(1)) as [string];
    await claim();
    await database.db.updateTable('scenario_claims').set({ state: 'released' }).execute();
    await copy(id, other);
    expect(await claimsOf(database.db, id)).toHaveLength(2);
  });
});

describe('a limit', () => {
  test('bounds the batches of one sweep together, also at once', async () => {
    await mentors(200);
    const budget = { sweepKey: 'sweep-a', allowance: 25 };
    const first = await claim({ range: rangeOf(0, 17), budget });
    const others = await Promise.all(
      Array.from({ length: 16 }, (_, index) => claim({ range: rangeOf(index + 1, 17), budget })),
    );
    const counts = [first, ...others];
    expect(counts.reduce((sum, { claimed }) => sum + claimed, 0)).toBe(25);
    expect(counts.reduce((sum, { suppressed }) => sum + (suppressed.limit ?? 0), 0)).toBe(175);
    expect(await liveClaims()).toHaveLength(25);
  });

  test('that nobody reaches suppresses nobody', async () => {
    await mentors(7);
    expect(await claim({ budget: { sweepKey: 'sweep-b', allowance: 7 } })).toMatchObject({
      claimed: 7,
      suppressed: {},
    });
  });

  test('of 0 reports and claims nothing', async () => {
    await mentors(3);
    expect(await claim({ budget: { sweepKey: 'sweep-c', allowance: 0 } })).toMatchObject({
      claimed: 0,
      suppressed: { limit: 3 },
    });
  });

  test('is not spent by those who must not be told', async () => {
    await mentors(3, { optedOutOf: ['inactivity'] });
    await mentors(2);
    expect(await claim({ budget: { sweepKey: 'sweep-d', allowance: 2 } })).toMatchObject({
      claimed: 2,
      suppressed: { opted_out: 3 },
    });
  });

  test('is charged once for a batch that is evaluated twice', async () => {
    await mentors(4);
    const request = claimRequest(asOf, { range: rangeOf(0, 1), budget: { sweepKey: 'sweep-e', allowance: 3 } });
    await repository.evaluateAndClaim(request);
    await repository.evaluateAndClaim(request);
    expect(
      await database.db.selectFrom('sweep_budgets').select('remaining').where('sweep_key', '=', 'sweep-e').execute(),
    ).toEqual([{ remaining: 0 }]);
  });
});

describe('a batch that claims after its time', () => {
  test('sends at exactly six hours', async () => {
    await mentors(1);
    expect(await claim({ now: after(6 * HOUR) })).toMatchObject({ claimed: 1 });
  });

  test('one millisecond later reports its candidates as late', async () => {
    await mentors(1);
    expect(await claim({ now: after(6 * HOUR + 1) })).toMatchObject({
      candidates: 1,
      claimed: 0,
      suppressed: { late: 1 },
    });
  });

  test('and logs nothing for coordinators then, not even those without a device', async () => {
    const [id] = (await mentors(1, { devices: [] })) as [string];
    expect(await claim({ now: after(7 * HOUR) })).toMatchObject({ suppressed: { no_device_token: 1 } });
    expect(await logOf(database.db, id)).toEqual([]);
  });

  test('sends all the same when it was asked to, to those who are still due', async () => {
    await mentors(2);
    expect(await claim({ now: after(2 * DAY), lateness: 'send' })).toMatchObject({
      candidates: 2,
      claimed: 2,
      suppressed: {},
    });
  });

  test('and not to a mentor who has been active since', async () => {
    await mentors(1);
    const [active] = (await mentors(1, { activities: [daysBefore(asOf, 40), daysBefore(after(DAY), 0)] })) as [string];
    expect(await claim({ now: after(2 * DAY), lateness: 'send' })).toMatchObject({
      candidates: 2,
      claimed: 1,
      suppressed: { late: 1 },
    });
    expect(await claimsOf(database.db, active)).toEqual([]);
  });

  test('keeps its own evaluation date in the key and in the claim', async () => {
    const [id] = (await mentors(1)) as [string];
    await claim({ now: after(2 * DAY), lateness: 'send' });
    expect(await claimsOf(database.db, id)).toMatchObject([
      { evaluation_date: '2026-11-20', triggered_at: asOf, date_window: '2026-11-20' },
    ]);
  });
});

describe('what happens to a claim', () => {
  test('a record that is there already is a skip: the claim is sent, the record stays as it was', async () => {
    const [id] = (await mentors(1)) as [string];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    const idempotencyKey = (await claimsOf(database.db, id))[0]!.idempotency_key;
    await record(database.db, id, 'inactivity', asOf, { idempotencyKey, status: 'unknown' });
    expect(await dispatchAs(repository, request.batchKey, asOf)).toEqual({ sent: 1, failed: 0, held: 0, recorded: 0 });
    expect(await recordsOf(database.db, id)).toMatchObject([{ delivery_status: 'unknown' }]);
    expect(await claimsOf(database.db, id)).toMatchObject([{ state: 'sent' }]);
  });

  test('a rule that is deleted before it settles leaves a record with no rule, and no log row', async () => {
    const chapterId = await chapter(database.db);
    const ruleId = await rule(database.db, { scenarioType: 'inactivity', chapterId });
    const [id] = (await mentors(1, { chapterId })) as [string];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    expect(await claimsOf(database.db, id)).toMatchObject([{ scenario_rule_id: ruleId }]);
    const fence = await takeOver(repository, request.batchKey, asOf);
    const attempts = await begin(repository, request.batchKey, fence, asOf);
    await database.db.deleteFrom('scenario_rules').where('id', '=', ruleId).execute();
    await repository.learnOutcomes(
      attempts.map((each) => ({ ...each, outcome: ACCEPTED, answered_at: asOf })),
      asOf,
    );
    expect(await settle(repository, request.batchKey, fence, asOf)).toMatchObject({ sent: 1, recorded: 1 });
    expect(await recordsOf(database.db, id)).toMatchObject([{ scenario_rule_id: null, delivery_status: 'sent' }]);
    expect(await logOf(database.db, id)).toEqual([]);
  });

  test('one that is settled twice is recorded and logged once', async () => {
    const [id] = (await mentors(1)) as [string];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    await dispatchAs(repository, request.batchKey, asOf);
    expect(await settle(repository, request.batchKey, 1, asOf)).toEqual({ sent: 0, failed: 0, held: 0, recorded: 0 });
    expect(await recordsOf(database.db, id)).toHaveLength(1);
    expect(await logOf(database.db, id)).toHaveLength(1);
  });

  test('deleting its record releases it: the same evaluation may claim it again', async () => {
    const [id] = (await mentors(1)) as [string];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    await dispatchAs(repository, request.batchKey, asOf);
    expect(await claim()).toMatchObject({ claimed: 0, suppressed: { already_sent: 1 } });
    await database.db.deleteFrom('scenario_notifications').where('user_id', '=', id).execute();
    expect(await claimsOf(database.db, id)).toMatchObject([{ state: 'released', release_reason: 'record_removed' }]);
    expect(await claim()).toMatchObject({ claimed: 1 });
  });

  test('the record copies what the claim says, and its cooldown follows the evaluation', async () => {
    const [id] = (await mentors(1)) as [string];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    await dispatchAs(repository, request.batchKey, after(2 * HOUR));
    const [claimed] = await claimsOf(database.db, id);
    expect(await recordsOf(database.db, id)).toMatchObject([
      {
        idempotency_key: claimed!.idempotency_key,
        scenario_rule_id: claimed!.scenario_rule_id,
        triggered_at: asOf,
        dispatched_at: after(2 * HOUR),
        cooldown_from: asOf,
        window_slot: '',
        occurrence: '',
      },
    ]);
    const { rows } = await database.pool.query<{ first: boolean }>(
      "select cooldown_window_start = '-infinity' as first from scenario_notifications where user_id = $1",
      [id],
    );
    expect(rows).toEqual([{ first: true }]);
  });

  test('after a cooldown it names the record before it as the beginning of its window', async () => {
    const [id] = (await mentors(1)) as [string];
    await record(database.db, id, 'inactivity', after(-14 * DAY));
    await record(database.db, id, 'inactivity', after(-28 * DAY));
    await claim();
    expect(await claimsOf(database.db, id)).toMatchObject([{ cooldown_window_start: after(-14 * DAY) }]);
  });
});

test('a mentor with several notifications is begun one at a time, the next when the one before is decided', async () => {
  const userId = await mentor(database.db, { activities: Array.from({ length: 100 }, (_, i) => daysBefore(asOf, i)) });
  const request = claimRequest(asOf, { scenarioType: 'milestone' });
  await repository.evaluateAndClaim(request);
  const { fence } = (await repository.becomeHolder(request.batchKey, null))!;
  const first = await begin(repository, request.batchKey, fence, asOf);
  expect(first).toMatchObject([{ user_id: userId, message_values: { sessions: 50 } }]);
  await repository.learnOutcomes(
    first.map((each) => ({ ...each, outcome: ACCEPTED, answered_at: asOf })),
    asOf,
  );
  await settle(repository, request.batchKey, fence, asOf);
  expect(await begin(repository, request.batchKey, fence, asOf)).toMatchObject([{ message_values: { sessions: 100 } }]);
});
