import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerSearchAttributes } from '../../client/register-search-attributes.ts';
import { applySchedules } from '../../client/schedules.ts';
import { DEFAULT_SCHEDULES } from '../../client/schedule-definitions.ts';
import { TASK_QUEUE } from '../../client/task-queue.ts';
import { examine, type Finding } from '../../cli/examination.ts';
import { noticeNoWorker } from '../../cli/worker-notice.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { jsonLines, runInProcess } from '../support/in-process.ts';
import { startWorker } from '../support/temporal.ts';
import { temporalOfOneFile } from '../support/temporal-namespace.ts';

let database: TestDatabase;
let temporal: Awaited<ReturnType<typeof temporalOfOneFile>>;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  [database, temporal] = await Promise.all([createDatabase(), temporalOfOneFile()]);
  env = {
    DATABASE_URL: database.worker.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    FIREBASE_MESSAGING_EMULATOR_HOST: '127.0.0.1:1',
  };
});
afterAll(async () => {
  await temporal.close();
  await database.drop();
});

/** What `doctor` finds of one check. */
async function finding(check: string, more: NodeJS.ProcessEnv = {}): Promise<Finding> {
  const { out } = await runInProcess(['doctor', '--json'], { ...env, ...more });
  return jsonLines<Finding>(out).find((each) => each.check === check)!;
}

describe('workers', () => {
  test('none that works is something to do', async () => {
    expect(await finding('workers')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(
        /^E_NO_WORKER: no worker has asked for work on task queue scenario-push of namespace test-\w+ within the last minute; start one/,
      ),
    });
  });

  test('a command that waits says so once, and says nothing where there is one', async () => {
    const said = async () => {
      const out = new PassThrough();
      const stop = noticeNoWorker(temporal.client, out, { patienceMs: 0, everyMs: 50 });
      await sleep(500);
      await stop();
      return String(out.read() ?? '');
    };
    expect((await said()).match(/E_NO_WORKER/g)).toHaveLength(1);
    const worker = await startWorker({ activities: {}, taskQueue: TASK_QUEUE, namespace: temporal.namespace });
    try {
      const until = Date.now() + 30_000;
      while ((await finding('workers')).ok === false && Date.now() < until) await sleep(100);
      expect(await finding('workers')).toMatchObject({ ok: true, detail: '1 asked for work within the last minute' });
      expect(await said()).toBe('');
    } finally {
      await worker.stop();
    }
  });
});

describe('Temporal', () => {
  test('a namespace that does not exist is named with the line that creates it, by every command', async () => {
    const more = { TEMPORAL_NAMESPACE: 'nobody-made-it' };
    const found = await finding('temporal', more);
    const says =
      'E_NAMESPACE: the Temporal server has no namespace "nobody-made-it"; correct TEMPORAL_NAMESPACE, or run "temporal operator namespace create --namespace nobody-made-it --retention 30d"';
    expect(found).toMatchObject({ ok: false, detail: says });
    for (const args of [['sweep'], ['schedules', 'list'], ['schedules', 'apply']]) {
      expect((await runInProcess(args, { ...env, ...more })).error.trim()).toBe(says);
    }
    expect(await finding('workers', more)).toMatchObject({ detail: 'cannot be told while "temporal" fails' });
  });

  test('missing search attributes are named with the line that adds them', async () => {
    const namespace = `${temporal.namespace}-bare`;
    await temporal.connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const until = Date.now() + 30_000;
    let found = await finding('search attributes', { TEMPORAL_NAMESPACE: namespace });
    while (!found.detail.startsWith('E_SEARCH') && Date.now() < until) {
      await sleep(200);
      found = await finding('search attributes', { TEMPORAL_NAMESPACE: namespace });
    }
    expect(found.ok).toBe(false);
    expect(found.detail).toContain('lacks ScenarioType (KeywordList) and EvaluationDate (Keyword)');
    expect(found.detail).toContain(
      `temporal operator search-attribute create --namespace ${namespace} --name ScenarioType --type KeywordList --name EvaluationDate --type Keyword`,
    );
    expect(await finding('search attributes')).toMatchObject({ ok: true });
  });

  test('a search attribute of another type is named, and keeps a worker from starting', async () => {
    const namespace = `${temporal.namespace}-taken`;
    const { connection } = temporal;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const keyword = 2;
    const until = Date.now() + 30_000;
    const add = () =>
      connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { ScenarioType: keyword } });
    for (;;) {
      const added = await add().then(
        () => true,
        () => false,
      );
      if (added || Date.now() > until) break;
      await sleep(100);
    }
    const says =
      /^E_SEARCH_ATTRIBUTES: search attribute ScenarioType of namespace test-\w+-taken is not of type KeywordList/;
    let found = await finding('search attributes', { TEMPORAL_NAMESPACE: namespace });
    while (!says.test(found.detail) && Date.now() < until) {
      await sleep(200);
      found = await finding('search attributes', { TEMPORAL_NAMESPACE: namespace });
    }
    expect(found.detail).toMatch(says);
    await expect(registerSearchAttributes(connection, namespace)).rejects.toThrow(says);
  });

  test('a settler that is paused while sweeps are not is something to do, and paused with them it is not', async () => {
    await applySchedules(temporal.client, DEFAULT_SCHEDULES, { running: false });
    expect(await finding('schedules')).toMatchObject({ ok: true, detail: '6, 6 of them paused' });
    await temporal.client.schedule.getHandle('sweep-milestone').unpause();
    expect(await finding('schedules')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^E_SETTLER_PAUSED: .*"scenario-push schedules resume settle-stranded-claims"$/),
    });
    await temporal.client.schedule.getHandle('settle-stranded-claims').unpause();
    expect(await finding('schedules')).toMatchObject({ ok: true });
  });
});

describe('the database', () => {
  test.each([
    ['away', (url: URL) => (url.port = '1'), /^E_DATABASE: .*ECONNREFUSED.*; see that it runs and can be reached/],
    ['another name', (url: URL) => (url.pathname = '/nobody'), /^E_DATABASE: .*; create it, or correct its name/],
    ['another password', (url: URL) => (url.password = 'x'), /^E_DATABASE: .*; correct user and password/],
  ])('%s: the fix is named, and is not doctor itself', async (_, change, says) => {
    const url = new URL(database.worker.url);
    change(url);
    const { ok, detail } = await finding('database', { DATABASE_URL: url.href });
    expect(ok).toBe(false);
    expect(detail).toMatch(says);
    expect(detail).not.toContain('doctor');
    const { error } = await runInProcess(['runs'], { ...env, DATABASE_URL: url.href });
    expect(error).toMatch(says);
  });

  test('a schema ahead of the build is a warning that keeps no worker from starting', async () => {
    const own = await createDatabase();
    try {
      await own.pool.query(
        `insert into scenario_push.kysely_migration (name, timestamp) values ('20991231000000_of_tomorrow', now()::text)`,
      );
      const found = (await examine({ ...env, DATABASE_URL: own.worker.url })).find(({ check }) => check === 'schema')!;
      expect(found).toMatchObject({ ok: true, warning: true });
      expect(found.detail).toMatch(/^database is at 20991231000000, ahead of this build/);
    } finally {
      await own.drop();
    }
  });
});
