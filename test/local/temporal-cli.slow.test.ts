import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cacheFolder, findTemporalCli, type Fetch } from '../../local/temporal-cli.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';

let folder: TestFolder;
let env: Record<string, string>;
let log: string[];

const unreachable: Fetch = async () => {
  throw new Error('no route to host');
};
const noGo: Fetch = async () => {
  throw new Error('Go is not installed');
};

beforeEach(() => {
  folder = createFolder();
  env = { PATH: join(folder.path, 'bin'), XDG_CACHE_HOME: join(folder.path, 'cache') };
  log = [];
});
afterEach(() => folder.remove());

test('TEMPORAL_CLI_PATH comes before PATH', async () => {
  env['TEMPORAL_CLI_PATH'] = executable('given/temporal');
  executable('bin/temporal');
  expect(await find()).toBe(env['TEMPORAL_CLI_PATH']);
});

test('a TEMPORAL_CLI_PATH that does not work is an error, not passed over', async () => {
  env['TEMPORAL_CLI_PATH'] = join(folder.path, 'nowhere');
  executable('bin/temporal');
  await expect(find()).rejects.toThrow(/^E_TEMPORAL_CLI_PATH: .*nowhere is not an executable file/);
});

test('PATH comes before the cache', async () => {
  const onPath = executable('bin/temporal');
  cached();
  expect(await find()).toBe(onPath);
});

test.each([
  ['without a server', 'temporal version 0.13.0', 'has no development server'],
  [
    'with a server of 1.24',
    'temporal version 1.1.0 (Server 1.24.2, UI 2.31.2)',
    'brings Temporal server 1.24, older than 1.25',
  ],
])('a temporal on PATH %s is passed over and named', async (_, version, reason) => {
  const onPath = executable('bin/temporal', version);
  const inCache = cached();
  expect(await find()).toBe(inCache);
  expect(log).toEqual([`Not using ${onPath}: it ${reason}.`]);
});

test('a temporal on PATH with a server of 1.25 is used', async () => {
  const onPath = executable('bin/temporal', 'temporal version 1.2.0 (Server 1.25.2, UI 2.31.2)');
  expect(await find()).toBe(onPath);
});

test('the cache comes before the network', async () => {
  const inCache = cached();
  const never: Fetch = async () => {
    throw new Error('not to be called');
  };
  expect(await find(never, never)).toBe(inCache);
  expect(log).toEqual([]);
});

test('a download comes before a build, and is kept in the cache', async () => {
  expect(await find(makes('temporal-v1.5.1'), noGo)).toBe(join(cacheFolder(env), 'temporal'));
  expect(readdirSync(cacheFolder(env))).toEqual(['temporal']);
});

test('where nothing can be downloaded Go builds it', async () => {
  expect(await find(unreachable, makes('temporal'))).toBe(join(cacheFolder(env), 'temporal'));
  expect(log).toEqual(['No Temporal server by download by the Temporal SDK: no route to host']);
});

test('two that build at the same time both get one that works', async () => {
  const slow: Fetch = async (into, options) => {
    await new Promise((next) => setTimeout(next, 50));
    return makes('temporal')(into, options);
  };
  const [one, other] = await Promise.all([find(unreachable, slow), find(unreachable, slow)]);
  expect(one).toBe(other);
  expect(readdirSync(cacheFolder(env))).toEqual(['temporal']);
});

test('what a killed build left behind is removed', async () => {
  const abandoned = join(cacheFolder(env), 'making-999999999-abc');
  mkdirSync(abandoned, { recursive: true });
  await find(unreachable, makes('temporal'));
  expect(existsSync(abandoned)).toBe(false);
});

test('where no way leads anywhere the error names all of them and why', async () => {
  const error = await find(unreachable, noGo).catch((e: Error) => e);
  for (const part of [
    'E_NO_TEMPORAL_CLI',
    'TEMPORAL_ADDRESS',
    'TEMPORAL_CLI_PATH',
    'PATH',
    'temporal.download',
    'Go 1.25',
    'no route to host',
    'Go is not installed',
  ]) {
    expect((error as Error).message).toContain(part);
  }
});

function find(download: Fetch = unreachable, build: Fetch = noGo): Promise<string> {
  return findTemporalCli({ log: (line) => log.push(line), env, download, build });
}

function cached(): string {
  return executable(join('cache', 'scenario-push', 'temporal-cli-1.5.1', 'temporal'));
}

function makes(name: string): Fetch {
  return async (into) => executableAt(join(into, name), 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)');
}

function executable(path: string, version = 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)'): string {
  return executableAt(join(folder.path, path), version);
}

function executableAt(file: string, version: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho '${version}'\n`);
  chmodSync(file, 0o755);
  return file;
}
