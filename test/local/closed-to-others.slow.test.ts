import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startFcmEmulatorProcess } from '../../local/fcm-emulator/process.ts';
import { startPostgres, type Postgres } from '../../local/postgres.ts';
import { passwordFile, readPassword } from '../../local/postgres-password.ts';
import { startTemporalServer } from '../../local/temporal-server.ts';
import { asWorker, makeLogins } from '../../local/logins.ts';
import { findTemporalCli } from '../../local/temporal-cli.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';
import { mustClose } from '../support/leaks.ts';

let folder: TestFolder;
const stops: (() => Promise<void>)[] = [];
beforeAll(() => {
  folder = createFolder();
});
afterAll(async () => {
  for (const stop of stops) await stop();
  folder.remove();
});

function stopLater(what: string, part: { stop(): Promise<void>; exited: Promise<void> }): void {
  void part.exited.then(mustClose(what));
  stops.push(() => part.stop());
}

async function start(name: string, durable = false): Promise<Postgres> {
  const server = await startPostgres({ dataDir: join(folder.path, name), durable });
  stopLater(`PostgreSQL of ${name}`, server);
  return server;
}

/** Who is let in as whom: the current user, or PostgreSQL's reason. */
async function enter(url: string, change: (url: URL) => void = () => {}): Promise<string> {
  const address = new URL(url);
  change(address);
  const client = new pg.Client({ connectionString: address.href });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<{ who: string }>('select current_user as who')).rows[0]!.who;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end().catch(() => {});
  }
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('PostgreSQL', () => {
  test('lets nobody in without its password, which lies in a file of mode 600', async () => {
    const { url } = await start('closed');
    expect(await enter(url)).toBe('postgres');
    expect(await enter(url, (address) => (address.password = ''))).toMatch(/password/);
    expect(await enter(url, (address) => (address.password = 'postgres'))).toBe(
      'password authentication failed for user "postgres"',
    );
    const file = passwordFile(join(folder.path, 'closed'));
    expect(modeOf(file)).toBe('600');
    expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{48}\n$/);
    expect(modeOf(join(folder.path, 'closed'))).toBe('700');
    expect(modeOf(join(folder.path, 'closed.log'))).toBe('600');
  });

  test('leaves no password anywhere else, nor on a command line', async () => {
    const { pid } = await start('told');
    const password = readPassword(join(folder.path, 'told'));
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
    expect(readFileSync(join(folder.path, 'told.log'), 'utf8')).not.toContain(password);
    expect(readdirSync(folder.path).filter((name) => name.includes('password'))).toEqual([]);
  });

  test('has another password each time it is made, and keeps it over a restart', async () => {
    const passwords = ['one', 'other'].map(async (name) => {
      const { url, stop } = await start(name);
      await stop();
      const again = await start(name);
      expect(again.url.split('@')[0]).toBe(url.split('@')[0]);
      return new URL(url).password;
    });
    expect(new Set(await Promise.all(passwords)).size).toBe(2);
  });

  test('a worker’s log-in has a password of its own, which does not open the owner’s', async () => {
    const { url } = await start('worker');
    const pool = new pg.Pool({ connectionString: url });
    await pool.query(
      'create role scenario_push_worker; create role authenticated; create role scenario_push_rule_writer',
    );
    await makeLogins(pool, url);
    await makeLogins(pool, url);
    await pool.end();
    const workers = asWorker(url);
    expect(await enter(workers)).toBe('scenario_push_local_worker');
    expect(await enter(workers, (address) => (address.username = 'postgres'))).toMatch(
      /password authentication failed/,
    );
    expect(await enter(url, (address) => (address.username = 'scenario_push_local_worker'))).toMatch(
      /password authentication failed/,
    );
  });

  test('data that let everybody in gets a password, and keeps its rows', async () => {
    const dataDir = join(folder.path, 'open');
    const before = await start('open', true);
    const pool = new pg.Pool({ connectionString: before.url });
    await pool.query(
      'create table kept as select 1; create role scenario_push_worker; create role authenticated; create role scenario_push_rule_writer',
    );
    await makeLogins(pool, before.url);
    await pool.query('alter role postgres password null; alter role scenario_push_local_worker password null');
    await pool.end();
    await before.stop();
    rmSync(passwordFile(dataDir));
    writeFileSync(join(dataDir, 'pg_hba.conf'), 'host all all 127.0.0.1/32 trust\n');

    const { url } = await start('open');
    expect(await enter(url)).toBe('postgres');
    expect(await enter(asWorker(url))).toBe('scenario_push_local_worker');
    expect(await enter(url, (address) => (address.password = ''))).toMatch(/password/);
    expect(modeOf(passwordFile(dataDir))).toBe('600');
    const client = new pg.Pool({ connectionString: url });
    expect((await client.query('select from kept')).rowCount).toBe(1);
    await client.end();
  });
});

describe('everything else', () => {
  test('Temporal’s data and the ledger are for this user alone, also where they were open before', async () => {
    const home = join(folder.path, 'files');
    mkdirSync(home);
    const ledgerFile = join(home, 'fcm-ledger.jsonl');
    writeFileSync(ledgerFile, '');
    chmodSync(ledgerFile, 0o644);
    const emulator = await startFcmEmulatorProcess({ ledgerFile, logFile: join(home, 'emulator.log') });
    stopLater('emulator', emulator);
    const temporal = await startTemporalServer({
      cli: await findTemporalCli({ log: () => {} }),
      uiPort: null,
      dbFilename: join(home, 'temporal.db'),
      logFile: join(home, 'temporal.log'),
    });
    stopLater('temporal', temporal);
    expect(Object.fromEntries(readdirSync(home).map((name) => [name, modeOf(join(home, name))]))).toEqual({
      'emulator.log': '600',
      'fcm-ledger.jsonl': '600',
      'temporal.db': '600',
      'temporal.db-shm': '600',
      'temporal.db-wal': '600',
      'temporal.log': '600',
    });
    if (!existsSync('/proc/net/tcp')) return;
    expect(listens(emulator.pid)).toEqual(['127.0.0.1']);
    expect(listens(temporal.pid)).toEqual(['127.0.0.1']);
  });
});

/** The addresses on which a process listens, each once. */
function listens(pid: number): string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
    }),
  );
  const found = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === '0A' && inodes.has(columns[9]!))
      .map(([, local]) => local!.split(':')[0]!),
  );
  return [...new Set(found)].map((hex) =>
    hex.length === 8
      ? (hex.match(/../g) ?? [])
          .reverse()
          .map((byte) => Number.parseInt(byte, 16))
          .join('.')
      : hex,
  );
}
