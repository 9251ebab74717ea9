import { execFile } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createFolder, type TestFolder } from '../support/folder.ts';

const run = promisify(execFile);
const bin = (name: string) => resolve('node_modules', '.bin', name);

/** What each room at the top may know besides itself. */
const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  db: ['domain'],
  push: ['domain'],
  activities: ['domain', 'db', 'push'],
  workflows: ['domain'],
  client: ['domain'],
  answers: ['domain', 'db', 'push', 'client'],
  console: ['domain', 'db', 'push', 'client', 'answers'],
  worker: ['domain', 'db', 'push', 'activities', 'workflows', 'client', 'answers'],
  cli: ['domain', 'db', 'push', 'activities', 'workflows', 'client', 'answers', 'console', 'worker'],
  local: ['domain', 'db', 'push', 'activities', 'workflows', 'client', 'answers', 'console', 'worker', 'cli'],
  deploy: ['domain', 'db', 'push', 'activities', 'workflows', 'client', 'answers', 'console', 'worker', 'cli', 'local'],
  proof: [
    'domain',
    'db',
    'push',
    'activities',
    'workflows',
    'client',
    'answers',
    'console',
    'worker',
    'cli',
    'local',
    'deploy',
  ],
  test: [
    'domain',
    'db',
    'push',
    'activities',
    'workflows',
    'client',
    'answers',
    'console',
    'worker',
    'cli',
    'local',
    'deploy',
    'proof',
  ],
};
/** And of which it may know the types alone. */
const MAY_KNOW_TYPES: Readonly<Record<string, readonly string[]>> = {
  workflows: ['db', 'push', 'activities'],
  client: ['db', 'push', 'activities', 'workflows'],
  answers: ['activities', 'workflows'],
  console: ['workflows'],
};
const ROOMS = Object.keys(MAY_KNOW);

const sources = globSync('**/*.{ts,js,mjs}', { exclude: ['**/node_modules', '.*', 'dist', 'coverage'] });

test('every room at the top that holds code has a rule', () => {
  const rooms = new Set(sources.filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
  expect([...rooms].toSorted()).toEqual(ROOMS.toSorted());
});

test('the types of every file are checked, those of the alternatives and of the browser by projects of their own', async () => {
  const apart = /^(proof\/bench\/alternatives\/(graphile-worker|dbos)|console\/browser)\//;
  const { stdout } = await run(bin('tsc'), ['--listFilesOnly'], { maxBuffer: 1 << 26 });
  const checked = new Set(stdout.split('\n'));
  const unchecked = sources.filter((file) => !checked.has(resolve(file)));
  expect(unchecked.filter((file) => !apart.test(file))).toEqual([]);
  for (const file of unchecked)
    expect(readFileSync(join(dirname(file), 'tsconfig.json'), 'utf8')).toMatch(/"\*\.(ts|js)"/);
});

describe('an import against the direction', () => {
  let folder: TestFolder;
  /** Files that the linter refuses. */
  let refused: Set<string>;

  /** The linter's own rules over planted files, one import in each: by value and by type, from a room and from below it. */
  beforeAll(async () => {
    folder = createFolder();
    const rules = JSON.parse(readFileSync('.oxlintrc.json', 'utf8')) as { options: object };
    // No types are needed for it, and the planted files import what is not there.
    writeFileSync(
      join(folder.path, '.oxlintrc.json'),
      JSON.stringify({ ...rules, options: { ...rules.options, typeAware: false } }),
    );
    for (const from of ROOMS) {
      mkdirSync(join(folder.path, from, 'below'), { recursive: true });
      for (const to of ROOMS.filter((room) => room !== from)) {
        for (const [place, up] of [
          ['', '../'],
          ['below/', '../../'],
        ] as const) {
          const path = (kind: string) => join(folder.path, from, `${place}${kind}-${to}.ts`);
          writeFileSync(path('value'), `import { planted } from '${up}${to}/planted.ts';\nplanted();\n`);
          writeFileSync(
            path('type'),
            `import type { Planted } from '${up}${to}/planted.ts';\nexport type P = Planted;\n`,
          );
        }
      }
    }
    const args = ['--format', 'json', '-c', join(folder.path, '.oxlintrc.json'), '.'];
    const { stdout } = await run(bin('oxlint'), args, { cwd: folder.path, maxBuffer: 1 << 26 }).catch(
      (error: { stdout: string }) => error,
    );
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
    refused = new Set(
      diagnostics.filter(({ code }) => code.includes('no-restricted-imports')).map(({ filename }) => filename),
    );
  });
  afterAll(() => folder.remove());

  test.each(ROOMS)('is refused in %s, and no other', (from) => {
    const others = ROOMS.filter((room) => room !== from);
    const types = [...MAY_KNOW[from]!, ...(MAY_KNOW_TYPES[from] ?? [])];
    const expected = others.flatMap((to) => [
      ...(MAY_KNOW[from]!.includes(to) ? [] : [`${from}/value-${to}.ts`, `${from}/below/value-${to}.ts`]),
      ...(types.includes(to) ? [] : [`${from}/type-${to}.ts`, `${from}/below/type-${to}.ts`]),
    ]);
    expect([...refused].filter((file) => file.startsWith(`${from}/`)).toSorted()).toEqual(expected.toSorted());
  });
});
