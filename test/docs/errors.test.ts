import { expect, test } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';

const CODE = /\bE_[A-Z][A-Z_]+\b/g;
const page = codesIn('docs/errors.md');
const raised = new Set(
  globSync('{domain,db,push,activities,workflows,worker,client,cli,local}/**/*.ts').flatMap((file) => [
    ...codesIn(file),
  ]),
);

test('every error code that is raised is explained in docs/errors.md', () => {
  expect([...raised].filter((code) => !page.has(code))).toEqual([]);
});

test('docs/errors.md explains no code that nothing raises', () => {
  expect([...page].filter((code) => !raised.has(code))).toEqual([]);
});

function codesIn(file: string): Set<string> {
  return new Set(readFileSync(file, 'utf8').match(CODE) ?? []);
}
