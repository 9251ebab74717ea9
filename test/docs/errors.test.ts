import { expect, test } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';

const CODE = /\b(E_[A-Z][A-Z_]+)\b/g;
/** An error that is made, and the `code` of what is not one: a line of the log, the repository's exception. */
const RAISED = /(?:new (?:Coded|Usage)Error\(\s*|\bcode(?::| =) )'(E_[A-Z_]+)'/g;
const page = codesIn('docs/errors.md', CODE);
const raised = new Set(
  globSync('{domain,db,push,activities,workflows,client,answers,console,worker,cli,local}/**/*.ts').flatMap((file) => [
    ...codesIn(file, RAISED),
  ]),
);

test('every error code that is raised is explained in docs/errors.md', () => {
  expect([...raised].filter((code) => !page.has(code))).toEqual([]);
});

test('docs/errors.md explains no code that nothing raises', () => {
  expect([...page].filter((code) => !raised.has(code))).toEqual([]);
});

function codesIn(file: string, pattern: RegExp): Set<string> {
  return new Set(Array.from(readFileSync(file, 'utf8').matchAll(pattern), ([, code]) => code!));
}
