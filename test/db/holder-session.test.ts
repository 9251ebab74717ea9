import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { isHolderGone } from '../../db/dispatch.ts';
import { HOLDER_SPACE, HolderSession } from '../../db/holder-session.ts';
import type { TcpProxy } from '../../proof/support/tcp-proxy.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startProxy } from '../support/proxy.ts';

let database: TestDatabase;
let proxy: TcpProxy;
const opened: HolderSession[] = [];

beforeAll(async () => {
  database = await createDatabase();
  proxy = await startProxy(new URL(database.worker.url).host);
});
afterEach(async () => {
  for (const session of opened.splice(0)) await session.close();
  proxy.bringBack();
});
afterAll(async () => {
  await proxy.close();
  await database.drop();
});

async function open(url = database.worker.url): Promise<HolderSession> {
  const session = await HolderSession.open(url);
  opened.push(session);
  return session;
}

function throughProxy(): string {
  const url = new URL(database.worker.url);
  url.host = proxy.address;
  return url.href;
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('did not come about within a minute');
}

const isGone = (key: number | null) => isHolderGone(database.worker.db, key);
/** Sessions that hold a holder's lock, or wait for it. */
const sessions = async (key: number) =>
  (
    await database.pool.query<{ pid: number; granted: boolean }>(
      `select pid, granted from pg_locks
       where locktype = 'advisory' and classid = $1 and objid = $2
         and database = (select oid from pg_database where datname = current_database())`,
      [HOLDER_SPACE, key],
    )
  ).rows;
const openSessions = async () =>
  Number(
    (
      await database.pool.query<{ n: string }>(
        `select count(*) as n from pg_stat_activity
         where datname = current_database() and application_name = 'scenario-push holder'`,
      )
    ).rows[0]!.n,
  );

describe('a holder', () => {
  test('whose session lives is not gone, however often somebody asks', async () => {
    const { key } = await open();
    expect(key).toEqual(expect.any(Number));
    for (let i = 0; i < 3; i++) expect(await isGone(key)).toBe(false);
  });

  test('is not gone because another one is', async () => {
    const [one, other] = [await open(), await open()];
    const key = other.key;
    expect(key).not.toBe(one.key);
    await other.close();
    await until(() => isGone(key));
    expect(await isGone(one.key)).toBe(false);
  });

  test('that closed its session is gone, and has no key any more', async () => {
    const session = await open();
    const { key } = session;
    await session.close();
    expect(session.key).toBeNull();
    await until(() => isGone(key));
  });

  test('whose session the server ended is gone until it is back, with the same key', async () => {
    const session = await open();
    const key = session.key!;
    const [{ pid } = { pid: 0 }] = await sessions(key);
    await database.pool.query('select pg_terminate_backend($1)', [pid]);
    await until(async () => (await sessions(key)).some((each) => each.pid !== pid && each.granted));
    await until(() => session.key === key);
    expect(await isGone(key)).toBe(false);
  });

  test('that nobody knows the key of may live', async () => {
    expect(await isGone(null)).toBe(false);
  });
});

describe('a database that is away', () => {
  test('gives a holder no key, and one when it is back', async () => {
    proxy.takeAway();
    const session = await open(throughProxy());
    expect(session.key).toBeNull();
    proxy.bringBack();
    await until(() => session.key !== null);
    expect(await isGone(session.key)).toBe(false);
  });

  test('for several tries is met by one session afterwards, not by one for each try', async () => {
    const session = await open(throughProxy());
    const key = session.key!;
    proxy.takeAway();
    await until(() => session.key === null);
    // Four tries, a second apart.
    await sleep(4_500);
    proxy.bringBack();
    await until(() => session.key === key);
    await sleep(1_500);
    expect(await sessions(key)).toHaveLength(1);
    expect(await openSessions()).toBe(1);
  });

  test('is not asked for a session by a holder that was closed meanwhile', async () => {
    const session = await open(throughProxy());
    proxy.takeAway();
    await until(() => session.key === null);
    await session.close();
    proxy.bringBack();
    await sleep(2_500);
    expect(await openSessions()).toBe(0);
  });
});
