import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { testConnection, type TestConnection } from '../support/temporal.ts';

let database: TestDatabase;
let temporal: TestConnection;

beforeAll(async () => {
  [database, temporal] = await Promise.all([createDatabase(), testConnection()]);
});

afterAll(async () => {
  await Promise.all([database.drop(), temporal.close()]);
});

test('a test file has a PostgreSQL database of its own', async () => {
  const { rows } = await database.pool.query('select current_database() as name, 1 as one');
  expect(rows).toEqual([{ name: expect.stringMatching(/^test_/), one: 1 }]);
});

test('twelve databases can be copied at the same moment', async () => {
  const copies = await Promise.all(Array.from({ length: 12 }, () => createDatabase({ poolSize: 1 })));
  expect(new Set(copies.map(({ url }) => url)).size).toBe(12);
  await Promise.all(copies.map((copy) => copy.drop()));
});

test('the Temporal server of the run answers and knows the search attributes', async () => {
  const { customAttributes } = await temporal.connection.operatorService.listSearchAttributes({ namespace: 'default' });
  expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(['ScenarioType', 'EvaluationDate']));
});

test('a connection to another machine is refused and the host is named', async () => {
  expect(() => fetch).not.toThrow();
  const { connect } = await import('node:net');
  expect(() => connect(443, 'fcm.googleapis.com')).toThrow('E_TEST_NETWORK: a test tried to reach "fcm.googleapis.com"');
});
