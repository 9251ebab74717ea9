import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { LEAVES_WITHIN, LOCK_WAIT } from '../../domain/timing.ts';
import { createDatabase } from '../support/database.ts';
import { mentor } from '../support/factories.ts';
import { claimRequest, takeOver } from './claiming.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
const database = await createDatabase();
const repository = new ScenarioRepository(database.worker.db);
afterAll(() => database.drop());

let batch: { batchKey: string; fence: number };
beforeEach(async () => {
  await mentor(database.db);
  const { batchKey } = claimRequest(asOf);
  await repository.evaluateAndClaim(claimRequest(asOf, { batchKey }));
  batch = { batchKey, fence: await takeOver(repository, batchKey, asOf) };
});
afterEach(() => database.pool.query('truncate users, scenario_claims, push_gates cascade'));

/** Begins while somebody has the claims locked for so long. */
async function beginAfter(ms: number, isProbe = false) {
  const other = await database.pool.connect();
  await other.query('begin');
  await other.query('select from scenario_claims for update');
  const beginning = repository.beginAttempts({
    ...batch,
    messages: 10,
    now: asOf,
    afterUser: null,
    checkBefore: new Date(0),
    projectId: 'test',
    isProbe,
  });
  await sleep(ms);
  await other.query('commit');
  other.release();
  return beginning;
}

test('what is begun after others were given way to says when it was begun', async () => {
  const askedAt = performance.now();
  const { attempts, begunAt } = await beginAfter(2 * LOCK_WAIT);
  expect(attempts).toHaveLength(1);
  const { started_at } = await database.db
    .selectFrom('delivery_attempts')
    .select('started_at')
    .executeTakeFirstOrThrow();
  expect(started_at.getTime() - asOf.getTime()).toBeGreaterThanOrEqual(LOCK_WAIT);
  expect(started_at.getTime() - asOf.getTime()).toBeLessThanOrEqual(begunAt - askedAt);
});

test('a probe that has had to wait for too long has lost its right', async () => {
  await database.pool.query(
    `insert into push_gates (project_id, closed_until, reason, closures) values ('test', now(), 'test', 1)`,
  );
  expect(await beginAfter(0, true)).toMatchObject({ shut: null, attempts: [{ attempt: 1 }] });
  await database.pool.query('truncate delivery_attempts');
  expect(await beginAfter(LEAVES_WITHIN + 2 * LOCK_WAIT, true)).toMatchObject({ shut: 'closed', attempts: [] });
});
