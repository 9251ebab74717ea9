import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Transaction } from 'kysely';
import { lockUnderCap } from '../../db/cap-lock.ts';
import type { ClaimRequest } from '../../db/evaluation-request.ts';
import { evaluationParameters } from '../../db/evaluation-request.ts';
import { evaluationStatement } from '../../db/evaluation-statement.ts';
import { must } from '../../db/run-statement.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import type { Database } from '../../db/tables.ts';
import { DAY } from '../../domain/durations.ts';
import type { EvaluationCounts } from '../../domain/sweep.ts';
import { SCENARIO_TYPES, SCENARIOS, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, daysBefore, mentor, rule } from '../support/factories.ts';
import { claimRequest } from './claiming.ts';

const EVALUATORS = 50;
const MENTORS = 6;
const CAP = 3;
const asOf = new Date('2026-11-20T11:00:00Z');
let database: TestDatabase;
let repository: ScenarioRepository;

/** Mentors who are due for more of each type than the cap has room for. */
beforeAll(async () => {
  database = await createDatabase({ poolSize: EVALUATORS });
  repository = new ScenarioRepository(database.worker.db);
  await database.pool.query(`update delivery_policies set max_notifications = ${CAP}, per_days = 30`);
  const chapterId = await chapter(database.db);
  const thresholds = Array.from({ length: 20 }, (_, at) => at + 1);
  await rule(database.db, { chapterId, scenarioType: 'milestone', parameters: { thresholds } });
  await rule(database.db, {
    chapterId,
    scenarioType: 'inactivity',
    parameters: { inactive_days: 1, max_reminders: null },
  });
  await rule(database.db, { chapterId, scenarioType: 'welcome_back', parameters: { gap_days: 1, recent_days: 60 } });
  await rule(database.db, { chapterId, scenarioType: 'certification_expiry', parameters: { lead_days: [100] } });
  for (let n = 0; n < MENTORS; n++) {
    const activities = thresholds.map((days) => daysBefore(asOf, 20 + days));
    const userId = await mentor(database.db, { chapterId, activities });
    await database.db
      .insertInto('certifications')
      .values({ user_id: userId, certification_type: 'first aid', expires_on: daysBefore(asOf, -30) })
      .execute();
  }
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query('truncate scenario_claims, evaluation_batches cascade'));

/** All types in turn, each on another day, so that no unique key keeps two of them apart. */
const requests = (): ClaimRequest[] =>
  Array.from({ length: EVALUATORS }, (_, at) =>
    claimRequest(new Date(asOf.getTime() - Math.floor(at / SCENARIO_TYPES.length) * DAY), {
      scenarioType: SCENARIO_TYPES[at % SCENARIO_TYPES.length]!,
      lateness: 'ignore',
      now: asOf,
    }),
  );

/** Of each mentor, how many claims a cap holds for. */
async function cappedClaims(): Promise<number[]> {
  const types = SCENARIO_TYPES.filter((type) => SCENARIOS[type].isCapped);
  const { rows } = await database.pool.query<{ n: number }>(
    `select count(c.id)::int as n
     from users u left join scenario_claims c on c.user_id = u.id and c.scenario_type = any ($1)
     group by u.id`,
    [types],
  );
  return rows.map(({ n }) => n);
}

/** The statement of an evaluator, changed, in a transaction of the caller's. */
async function claimIn(
  tx: Transaction<Database>,
  request: ClaimRequest,
  { transform = (text) => text, lock }: { transform?: (text: string) => string; lock: boolean },
): Promise<number> {
  await tx
    .insertInto('evaluation_batches')
    .values({
      batch_key: request.batchKey,
      plan_key: '',
      scenario_type: request.scenarioType,
      as_of: request.asOf,
      range_from: request.range.from,
      range_to: request.range.to,
      workflow_id: '',
      run_id: '',
      evaluated_at: request.now,
    })
    .execute();
  if (lock) await lockUnderCap(tx, request);
  const statement = evaluationStatement<EvaluationCounts>(request.scenarioType, 'claim-candidates', transform);
  const { rows } = await tx.executeQuery(
    statement({
      ...evaluationParameters(request, { capLocked: true }),
      several: SCENARIOS[request.scenarioType].severalPerEvaluation,
      batch_key: request.batchKey,
      now: request.now,
      time_to_live_minutes: 60,
      log_skips: false,
    }),
  );
  return must(rows[0]).claimed;
}

describe(`${EVALUATORS} evaluators at once over all types, a cap of ${CAP}`, () => {
  test('never exceed it, and use what room there is', async () => {
    const counts = await Promise.all(requests().map((request) => repository.evaluateAndClaim(request)));
    const claims = await cappedClaims();
    expect(Math.max(...claims)).toBeLessThanOrEqual(CAP);
    // A certificate each is claimed whatever the cap says, and takes room where it comes first.
    expect(Math.min(...claims)).toBeGreaterThanOrEqual(CAP - 1);
    for (const { candidates, suppressed, claimed } of counts)
      expect(Object.values(suppressed).reduce((sum, n) => sum + n, claimed)).toBe(candidates);
    const certificates = await database.pool.query(
      `select from scenario_claims where scenario_type = 'certification_expiry'`,
    );
    expect(certificates.rowCount).toBe(MENTORS);
  });

  test('and this would notice a check that lets one more through', async () => {
    const loosened = (text: string) => text.replaceAll(/>= (\w)\.max_notifications/g, '> $1.max_notifications');
    const capped = requests().filter(({ scenarioType }) => SCENARIOS[scenarioType].isCapped);
    await Promise.all(
      capped.map((request) =>
        database.worker.db.transaction().execute((tx) => claimIn(tx, request, { transform: loosened, lock: true })),
      ),
    );
    expect(Math.max(...(await cappedClaims()))).toBe(CAP + 1);
  });
});

describe('two evaluators of different types, one behind the other', () => {
  const [first, second]: [ScenarioType, ScenarioType] = ['milestone', 'inactivity'];
  const request = (scenarioType: ScenarioType) => claimRequest(asOf, { scenarioType });

  /** Both claim; the first commits once the second has claimed, or waits for it. */
  async function both(lock: boolean): Promise<void> {
    const { promise: claimed, resolve: hasClaimed } = Promise.withResolvers<void>();
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const one = database.worker.db.transaction().execute(async (tx) => {
      await claimIn(tx, request(first), { lock });
      hasClaimed();
      await mayCommit;
    });
    await claimed;
    const other = database.worker.db.transaction().execute((tx) => claimIn(tx, request(second), { lock }));
    await Promise.race([other, waitsForALock()]);
    commit();
    await Promise.all([one, other]);
  }

  async function waitsForALock(): Promise<void> {
    for (;;) {
      const { rowCount } = await database.pool.query(
        `select from pg_locks where locktype = 'advisory' and not granted
           and database = (select oid from pg_database where datname = current_database())`,
      );
      if (rowCount) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  test('share the room: the second waits, and sees what the first has claimed', async () => {
    await both(true);
    expect(Math.max(...(await cappedClaims()))).toBe(CAP);
  });

  test('and without the lock both would find it', async () => {
    await both(false);
    expect(Math.max(...(await cappedClaims()))).toBe(CAP + 1);
  });
});

test('a cap that appears between the lock and the statement claims nothing, and says in flight', async () => {
  const request = claimRequest(asOf, { scenarioType: 'inactivity' });
  const statement = evaluationStatement<{ reason: string | null }>('inactivity', 'preview-candidates');
  const { rows } = await database.worker.db.executeQuery(
    statement(evaluationParameters(request, { capLocked: false })),
  );
  expect(rows.map(({ reason }) => reason)).toEqual(Array.from({ length: MENTORS }, () => 'in_flight'));
});
