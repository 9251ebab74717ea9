import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startPostgres, type Postgres, type PostgresOptions } from '../../local/postgres.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';
import { mustClose } from '../support/leaks.ts';
import { startProcess } from '../support/processes.ts';

let folder: TestFolder;

beforeAll(() => {
  folder = createFolder();
});
afterAll(() => folder.remove());

test('rows survive a SIGKILL of the server, whose lock file is no obstacle', async () => {
  const dataDir = join(folder.path, 'killed-server');
  const first = await start({ dataDir });
  await query(first.url, 'create table kept as select 42 as n');
  process.kill(first.pid, 'SIGKILL');
  await first.exited;
  expect(readdirSync(dataDir)).toContain('postmaster.pid');

  const second = await start({ dataDir });
  expect(await query(second.url, 'select n from kept')).toEqual([{ n: 42 }]);
  await second.stop();
});

test('a server that outlived its killed starter is stopped, and its rows are there', async () => {
  const dataDir = join(folder.path, 'killed-starter');
  const module = resolve(import.meta.dirname, '../../local/postgres.ts');
  const script = `
    const { startPostgres } = await import(${JSON.stringify(module)});
    const { pid, url } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(JSON.stringify({ pid, url }));
    setInterval(() => {}, 1000);`;
  const starter = await startProcess(process.execPath, ['--input-type=module', '-e', script]);
  const orphan = JSON.parse(starter.firstLine) as { pid: number; url: string };
  await query(orphan.url, 'create table kept as select 7 as n');
  await starter.kill('SIGKILL');
  expect(await query(orphan.url, 'select n from kept')).toEqual([{ n: 7 }]);

  const next = await start({ dataDir });
  expect(next.pid).not.toBe(orphan.pid);
  expect(await query(next.url, 'select n from kept')).toEqual([{ n: 7 }]);
  await expect(query(orphan.url, 'select 1')).rejects.toThrow();
  await next.stop();
});

test('a lock file whose pid now belongs to another program is stale', async () => {
  const dataDir = join(folder.path, 'reused-pid');
  await (await start({ dataDir })).stop();
  writeFileSync(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
  const again = await start({ dataDir });
  expect(await query(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await again.stop();
});

test('a half-done initdb is done again', async () => {
  const dataDir = join(folder.path, 'half-done');
  mkdirSync(join(`${dataDir}.new`, 'base'), { recursive: true });
  writeFileSync(join(`${dataDir}.new`, 'PG_VERSION'), '18\n');
  const server = await start({ dataDir });
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await server.stop();
  expect(readdirSync(folder.path)).not.toContain('half-done.new');
});

test('299 MB of free space are refused with the folder and both numbers, 300 MB are enough', async () => {
  const dataDir = join(folder.path, 'low-space');
  await expect(startPostgres({ dataDir, freeSpace: async () => 299.9e6 })).rejects.toThrow(
    `E_NO_SPACE: ${dataDir} has 299 MB free and 300 MB are needed`,
  );
  expect(readdirSync(folder.path)).not.toContain('low-space');
  const server = await start({ dataDir, freeSpace: async () => 300e6 });
  await server.stop();
});

test('a setting that PostgreSQL does not know is reported with the end of its log', async () => {
  const options = { dataDir: join(folder.path, 'bad-setting'), durable: false, settings: { no_such_setting: '1' } };
  await expect(startPostgres(options)).rejects.toThrow(
    /E_POSTGRES_START: [^]*unrecognized configuration parameter "no_such_setting"/,
  );
});

test('only loopback is listened on, and up to 200 may connect', async () => {
  const server = await start({ dataDir: join(folder.path, 'defaults'), durable: false });
  const [row] = await query(
    server.url,
    `select current_setting('listen_addresses') as listen, current_setting('unix_socket_directories') as sockets, current_setting('max_connections') as most`,
  );
  expect(row).toEqual({ listen: '127.0.0.1', sockets: '', most: '200' });
  await server.stop();
});

async function start(options: PostgresOptions): Promise<Postgres> {
  const server = await startPostgres(options);
  const closed = mustClose(`PostgreSQL of ${options.dataDir}`);
  void server.exited.then(closed);
  return server;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
