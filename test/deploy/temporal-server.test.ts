import { describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { findServer, SERVER_VERSION } from '../../proof/temporal-server/binaries.ts';
import { require, Steps } from '../../proof/temporal-server/steps.ts';
import { createFolder } from '../support/folder.ts';

test('the Compose file runs the Temporal server that npm run check:temporal has tried', () => {
  const { services } = parse(readFileSync('deploy/compose.yaml', 'utf8'), { merge: true }) as {
    services: Record<string, { image: string }>;
  };
  const versions = ['temporal', 'temporal-schema', 'temporal-namespace'].map((name) => services[name]!.image);
  expect(versions.map((image) => image.split(':')[1])).toEqual([SERVER_VERSION, SERVER_VERSION, SERVER_VERSION]);
});

describe('a production Temporal server', () => {
  const silent = () => {};

  test('is built once: what lies in the cache is taken', async () => {
    const folder = createFolder();
    try {
      for (const name of ['server', 'sql']) writeFileSync(join(folder.path, name), '');
      expect(await findServer(silent, { TEMPORAL_SERVER_BIN: folder.path })).toEqual({
        server: join(folder.path, 'server'),
        sql: join(folder.path, 'sql'),
        builtIn: null,
      });
    } finally {
      folder.remove();
    }
  });

  test('cannot be had without Go, and the message says what helps', async () => {
    const folder = createFolder();
    try {
      await expect(findServer(silent, { PATH: '', XDG_CACHE_HOME: folder.path })).rejects.toThrow(
        /^Go is not installed; any one of these helps:\n.*install Go 1\.\d+[^]*GOPROXY[^]*TEMPORAL_SERVER_BIN/,
      );
    } finally {
      folder.remove();
    }
  });

  test('is not looked for elsewhere where a folder without it is named', async () => {
    await expect(findServer(silent, { TEMPORAL_SERVER_BIN: '/nowhere' })).rejects.toThrow(
      /^TEMPORAL_SERVER_BIN=\/nowhere does not hold both "server" and "sql"/,
    );
  });
});

test('a step that fails is counted and does not keep the next from being tried, and one that cannot be done says why', async () => {
  const steps = new Steps(() => {});
  await steps.do('first', async () => {
    require(steps.results.length > 0, 'nothing has been tried');
    return 'never';
  });
  await steps.do('second', async () => 'seen');
  await steps.do('third', async () => ({ skipped: 'not here' }));
  expect(steps.results).toMatchObject([
    { step: 'first', result: 'failed', seen: 'nothing has been tried' },
    { step: 'second', result: 'passed', seen: 'seen' },
    { step: 'third', result: 'skipped', seen: 'not here' },
  ]);
  expect([steps.count('failed'), steps.count('passed'), steps.count('skipped')]).toEqual([1, 1, 1]);
});
