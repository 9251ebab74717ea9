import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { markOf } from '../../local/processes.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { leaks, mustClose } from '../support/leaks.ts';
import { startProcess } from '../support/processes.ts';
import { reapDeadRuns } from '../support/run-record.ts';
import { startWorker, testConnection, type TestConnection } from '../support/temporal.ts';

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

test('a worker from the prebuilt bundle takes tasks and stops, also twice', async () => {
  const { worker, stop } = await startWorker({ activities: {}, taskQueue: temporal.taskQueue });
  expect(worker.getState()).toBe('RUNNING');
  await stop();
  await stop();
  expect(worker.getState()).toBe('STOPPED');
});

test('what a killed run left behind is ended and removed by the next one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'scenario-push-test-'));
  const records = mkdtempSync(join(tmpdir(), 'scenario-push-records-'));
  const orphan = await startProcess('bash', ['-c', 'echo up; exec -a temporal sleep 600']);
  const emulator = await startProcess(process.execPath, [
    '-e',
    `console.log('up'); setInterval(() => {}, 1000) // ${folder}`,
  ]);
  const record = { runner: { pid: 999_999_999, startedAt: '1' }, folder, children: [markOf(orphan.pid)] };
  writeFileSync(join(records, 'dead.json'), JSON.stringify(record));
  writeFileSync(join(records, 'alive.json'), JSON.stringify({ ...record, runner: markOf(process.pid), children: [] }));

  expect(await reapDeadRuns(records)).toBe(1);
  expect(readdirSync(records)).toEqual(['alive.json']);
  expect(existsSync(folder)).toBe(false);
  expect([markOf(orphan.pid), markOf(emulator.pid)]).toEqual([null, null]);
  rmSync(records, { recursive: true });
});

test('something that a file leaves open is named', () => {
  const closed = mustClose('a thing');
  expect(leaks()).toContain('a thing');
  closed();
  expect(leaks()).not.toContain('a thing');
});
