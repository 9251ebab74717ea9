import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { HOUR } from '../../domain/durations.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import { daysBefore } from '../support/factories.ts';
import { claimRequest, claimsOf } from './claiming.ts';
import { after, asOf, claim, database, liveClaims, mentors, repository, setUpClaims } from './claims-of-everybody.ts';

setUpClaims();

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
