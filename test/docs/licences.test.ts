import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { licences } from '../../local/list-licences.ts';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, { hasInstallScript?: boolean; resolved?: string }>;
};
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>;

test('docs/licences.md is what the lock file says; node local/list-licences.ts > docs/licences.md', () => {
  expect(readFileSync('docs/licences.md', 'utf8')).toBe(licences('.'));
});

test('every package that wants to run something at its installation is allowed or refused by name', () => {
  const wanting = Object.entries(lock.packages)
    .filter(([path, each]) => path !== '' && each.hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  expect(wanting.filter((name) => !(name in manifest['allowScripts']!))).toEqual([]);
  expect(wanting.length).toBeGreaterThan(0);
});

test('every version is exact, and the lock file names no registry', () => {
  const wanted = ['dependencies', 'optionalDependencies', 'devDependencies', 'overrides'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}),
  );
  expect(
    wanted.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) && version !== 'npm:null@*'),
  ).toEqual([]);
  expect(Object.entries(lock.packages).filter(([, each]) => each.resolved?.startsWith('http'))).toEqual([]);
});
