import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createWorld, id } from './world.ts';

/** Of the test file that called setUpActing. */
export let database: TestDatabase;
/** In a transaction of the test's own. */
export let client: pg.PoolClient;

/** The world of viewers for a file of tests; what a test does on `client` is undone. */
export function setUpActing(): void {
  beforeAll(async () => {
    database = await createDatabase();
    await createWorld(database.pool);
    await database.pool.query('delete from access_audit');
  });
  afterAll(() => database.drop());

  beforeEach(async () => {
    client = await database.pool.connect();
    await client.query('begin');
  });
  afterEach(async () => {
    // Closed, not returned: what it made in pg_temp must not outlive the test.
    await client.query('rollback');
    client.release(true);
  });
}

export async function workAs(role: string, person?: string): Promise<void> {
  await client.query(
    `reset role; set local request.jwt.claims = '${person ? JSON.stringify({ sub: id(person) }) : ''}'; set local role ${role}`,
  );
}

export async function asOwner<Row extends object>(query: string): Promise<Row[]> {
  await client.query('reset role');
  return (await client.query<Row>(query)).rows;
}

export const register = async (token: string, platform = 'android') =>
  (await client.query<{ id: string }>('select register_device_token($1, $2) as id', [token, platform])).rows[0]!.id;
