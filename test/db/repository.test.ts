import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isCooldownActive } from '../../activities/is-cooldown-active.ts';
import { connect, createPool } from '../../db/connect.ts';
import { ScenarioRepositoryException } from '../../db/repository-exception.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { DAY, HOUR, MINUTE } from '../../domain/durations.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { mentor, record } from '../support/factories.ts';
import { startProxy } from '../support/proxy.ts';
import { claimRequest } from './claiming.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
const ago = (ms: number) => new Date(asOf.getTime() - ms);
let database: TestDatabase;
let repository: ScenarioRepository;

beforeAll(async () => {
  database = await createDatabase();
  repository = new ScenarioRepository(database.worker.db);
});
afterAll(() => database.drop());

describe('getLastSentAt', () => {
  test('is null for a mentor without records', async () => {
    expect(await repository.getLastSentAt(await mentor(database.db), 'inactivity')).toBeNull();
  });

  test('is the latest of several, whenever they were written', async () => {
    const id = await mentor(database.db);
    await record(database.db, id, 'inactivity', ago(3 * DAY));
    await record(database.db, id, 'inactivity', ago(1 * DAY));
    await record(database.db, id, 'inactivity', ago(2 * DAY));
    expect(await repository.getLastSentAt(id, 'inactivity')).toEqual(ago(1 * DAY));
  });

  test('counts a record of unknown outcome', async () => {
    const id = await mentor(database.db);
    await record(database.db, id, 'inactivity', ago(2 * DAY));
    await record(database.db, id, 'inactivity', ago(1 * DAY), { status: 'unknown' });
    expect(await repository.getLastSentAt(id, 'inactivity')).toEqual(ago(1 * DAY));
  });

  test('is the evaluation, not the dispatch that followed hours later', async () => {
    const id = await mentor(database.db);
    await record(database.db, id, 'inactivity', ago(1 * DAY), { dispatchedAfterMs: 5 * HOUR });
    expect(await repository.getLastSentAt(id, 'inactivity')).toEqual(ago(1 * DAY));
  });

  test("knows neither another type's records nor another mentor's", async () => {
    const [id, other] = [await mentor(database.db), await mentor(database.db)];
    await record(database.db, id, 'milestone', ago(1 * DAY));
    await record(database.db, other, 'inactivity', ago(1 * DAY));
    expect(await repository.getLastSentAt(id, 'inactivity')).toBeNull();
  });
});

describe('hasBeenSentSinceThreshold', () => {
  test.each([
    ['a millisecond after the threshold counts', -1, true],
    ['exactly at the threshold counts', 0, true],
    ['a millisecond before the threshold does not', 1, false],
  ])('a record %s', async (_, before, expected) => {
    const id = await mentor(database.db);
    await record(database.db, id, 'inactivity', ago(DAY + before));
    expect(await repository.hasBeenSentSinceThreshold(id, 'inactivity', ago(DAY))).toBe(expected);
  });

  test('counts a record of unknown outcome, and no record of another type', async () => {
    const id = await mentor(database.db);
    await record(database.db, id, 'inactivity', asOf, { status: 'unknown' });
    expect(await repository.hasBeenSentSinceThreshold(id, 'inactivity', ago(DAY))).toBe(true);
    expect(await repository.hasBeenSentSinceThreshold(id, 'welcome_back', ago(DAY))).toBe(false);
  });
});

describe('isCooldownActive', () => {
  const days14 = 14 * 24 * 60;
  const isActive = (id: string, cooldownMinutes: number, at = asOf) =>
    isCooldownActive(id, 'inactivity', { asOf: at, cooldownMinutes }, repository);

  test('is false without records', async () => {
    expect(await isActive(await mentor(database.db), days14)).toBe(false);
  });

  test.each([
    ['13 days 23 h 59 min ago is still cooling down (14 days)', 14 * DAY - MINUTE, true],
    ['one millisecond less than 14 days ago is still cooling down', 14 * DAY - 1, true],
    ['exactly 14 days ago is not', 14 * DAY, false],
    ['15 days ago is not', 15 * DAY, false],
    ['in the future is', -DAY, true],
  ])('a mentor notified %s', async (_, before, expected) => {
    const id = await mentor(database.db);
    await record(database.db, id, 'inactivity', ago(before));
    expect(await isActive(id, days14)).toBe(expected);
  });

  test.each([
    ['within two hours counts from the evaluation', 2 * HOUR, false],
    ['a millisecond more than two hours later counts from the dispatch', 2 * HOUR + 1, true],
  ])('a dispatch %s', async (_, dispatchedAfterMs, expected) => {
    const id = await mentor(database.db);
    await record(database.db, id, 'inactivity', ago(14 * DAY), { dispatchedAfterMs });
    expect(await isActive(id, days14)).toBe(expected);
  });

  test('asks the record that cools down longest, of unknown outcome or not', async () => {
    const id = await mentor(database.db);
    await record(database.db, id, 'inactivity', ago(1 * DAY), { status: 'unknown' });
    await record(database.db, id, 'inactivity', ago(20 * DAY));
    expect(await isActive(id, days14)).toBe(true);
  });

  test('is false with a cooldown of 0, whatever was sent', async () => {
    const id = await mentor(database.db);
    await record(database.db, id, 'inactivity', asOf);
    expect(await isActive(id, 0)).toBe(false);
  });

  test('is not confused by summer time: 14 days are 14 times 24 hours', async () => {
    const id = await mentor(database.db);
    const sent = new Date('2026-10-20T08:00:00Z');
    await record(database.db, id, 'inactivity', sent);
    expect(await isActive(id, days14, new Date(sent.getTime() + 14 * DAY - 1))).toBe(true);
    expect(await isActive(id, days14, new Date(sent.getTime() + 14 * DAY))).toBe(false);
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '14' as unknown as number])(
    'refuses a cooldown of %p',
    async (minutes) => {
      await expect(isActive(await mentor(database.db), minutes)).rejects.toThrow(
        'cooldownMinutes: expected a whole number of minutes, 0 or more',
      );
    },
  );
});

describe('a database error', () => {
  const failure = async (work: Promise<unknown>): Promise<ScenarioRepositoryException> => {
    const error = await work.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ScenarioRepositoryException);
    return error as ScenarioRepositoryException;
  };

  test('of a connection that nobody answers names the operation and keeps the cause', async () => {
    const pool = createPool({ url: 'postgres://somebody@127.0.0.1:1/nowhere' });
    const lost = new ScenarioRepository(connect(pool));
    for (const [operation, work] of [
      ['getLastSentAt', () => lost.getLastSentAt('6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f', 'inactivity')],
      ['evaluateAndClaim', () => lost.evaluateAndClaim(claimRequest(asOf))],
      ['becomeHolder', () => lost.becomeHolder('batch', null)],
      ['countBatch', () => lost.countBatch('batch', asOf)],
    ] as const) {
      const error = await failure(work());
      expect(error).toMatchObject({
        operation,
        code: 'E_DATABASE',
        sqlState: undefined,
        cause: { code: 'ECONNREFUSED' },
      });
      expect(error.message).toContain(`${operation} failed`);
    }
    await pool.end();
  });

  test('of a connection that is cut in the middle names the operation, and the next call works', async () => {
    const pool = createPool({ url: database.worker.url, maxConnections: 1, applicationName: 'to-be-cut' });
    const cut = new ScenarioRepository(connect(pool));
    const request = claimRequest(asOf);
    const blocker = await database.pool.connect();
    await blocker.query('begin; lock table evaluation_batches in exclusive mode');
    try {
      const failed = failure(cut.evaluateAndClaim(request));
      await waitFor(async () => (await waitingFor('to-be-cut')) === 'Lock');
      await database.pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'to-be-cut'",
      );
      expect(await failed).toMatchObject({
        operation: 'evaluateAndClaim',
        sqlState: '57P01',
        cause: { code: '57P01' },
      });
    } finally {
      await blocker.query('rollback');
      blocker.release();
    }
    await cut.evaluateAndClaim(request);
    await pool.end();
  });

  test('of the database itself carries its SQLSTATE', async () => {
    expect(await failure(repository.getLastSentAt('no uuid', 'inactivity'))).toMatchObject({
      operation: 'getLastSentAt',
      sqlState: '22P02',
    });
  });

  const waitingFor = async (name: string) =>
    (
      await database.pool.query<{ wait: string }>(
        'select wait_event_type as wait from pg_stat_activity where application_name = $1',
        [name],
      )
    ).rows[0]?.wait;
});

describe('an evaluation whose answer was lost after its commit', () => {
  test('is answered on the retry with exactly the claims that it made', async () => {
    const mentors = await Promise.all(Array.from({ length: 5 }, () => mentor(database.db)));
    const url = new URL(database.worker.url);
    const proxy = await startProxy(url.host);
    url.host = proxy.address;
    const lost = proxy.loseAnswerTo(/^Q[^]{4}commit\0/);
    const pool = createPool({ url: url.href, maxConnections: 2 });
    const request = claimRequest(asOf);
    const dropped = await new ScenarioRepository(connect(pool))
      .evaluateAndClaim(request)
      .catch((error: unknown) => error);
    expect(dropped).toMatchObject({ name: 'ScenarioRepositoryException', operation: 'evaluateAndClaim' });
    await lost;

    const counts = await repository.evaluateAndClaim({ ...request, now: new Date(asOf.getTime() + MINUTE) });
    const claims = await database.db
      .selectFrom('scenario_claims')
      .selectAll()
      .where('batch_key', '=', request.batchKey)
      .execute();
    expect(counts.claimed).toBe(mentors.length);
    expect(new Set(claims.map((claim) => claim.user_id))).toEqual(new Set(mentors));
    expect(claims.every((claim) => claim.claimed_at.getTime() === asOf.getTime())).toBe(true);
    await pool.end();
    await proxy.close();
  });
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 6_000 && !(await condition()); i++) await new Promise((done) => setTimeout(done, 10));
  expect(await condition()).toBe(true);
}
