import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});

afterAll(async () => {
  await database.drop();
});

test('a worker that is frozen inside a transaction holds its batch up for five minutes, not for ever', async () => {
  const { rows } = await database.pool.query<{ limit: string }>(
    `select current_setting('idle_in_transaction_session_timeout') as limit`,
  );
  expect(rows).toEqual([{ limit: '5min' }]);
});

test('what it held is free again when its time is over', async () => {
  const frozen = await database.pool.connect();
  frozen.on('error', () => {});
  const open = `insert into evaluation_batches (batch_key, plan_key, scenario_type, as_of, range_from, workflow_id, run_id, evaluated_at)
    values ('batch', 'plan', 'inactivity', now(), gen_random_uuid(), 'workflow', 'run', now()) on conflict do nothing`;
  await frozen.query(`set idle_in_transaction_session_timeout = '200ms'`);
  await frozen.query('begin');
  await frozen.query(open);
  // Waits for the one that never goes on.
  expect((await database.pool.query(open)).rowCount).toBe(1);
  frozen.release(true);
});
