import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { mentor } from '../support/factories.ts';
import { claimRequest } from './claiming.ts';

export const asOf = new Date('2026-11-20T09:00:00Z');
export const after = (ms: number) => new Date(asOf.getTime() + ms);

/** Of the test file that called setUpClaims. */
export let database: TestDatabase;
export let repository: ScenarioRepository;

/** A database for a file of tests of claims: every test has the audience to itself. */
export function setUpClaims(): void {
  beforeAll(async () => {
    database = await createDatabase({ poolSize: 30 });
    repository = new ScenarioRepository(database.worker.db);
  });
  afterAll(() => database.drop());
  afterEach(async () => {
    await database.pool.query(
      'truncate follow_up_notification_log, scenario_notifications, scenario_claims, evaluation_batches, sweep_budgets, users cascade',
    );
  });
}

export const mentors = (count: number, values: Parameters<typeof mentor>[1] = {}) =>
  Promise.all(Array.from({ length: count }, () => mentor(database.db, values)));
export const claim = (values: Parameters<typeof claimRequest>[1] = {}, at = asOf) =>
  repository.evaluateAndClaim(claimRequest(at, values));
export const liveClaims = async () =>
  await database.db
    .selectFrom('scenario_claims')
    .select(['user_id', 'occurrence', 'batch_key'])
    .where('state', '<>', 'released')
    .execute();
