import { expect, test } from '@jest/globals';
import { globSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';

const MOST_BYTES = 150_000;
const pages = globSync('docs/**/*.md').map((file) => readFileSync(file, 'utf8'));
const pictures = globSync('docs/images/*.png').map((file) => basename(file));

test('every picture is shown somewhere, and none is missing', () => {
  const shown = pages.flatMap((page) =>
    [...page.matchAll(/!\[[^\]]+\]\(images\/([^)]+\.png)\)/g)].map(([, name]) => name!),
  );
  expect([...new Set(shown)].toSorted()).toEqual(pictures.toSorted());
});

test('no picture takes more than 150 kB', () => {
  const large = pictures.filter((name) => statSync(`docs/images/${name}`).size > MOST_BYTES);
  expect(large).toEqual([]);
});

test('every picture of the console is one that the test of its pages takes', () => {
  const test = readFileSync('test/console/made-for-people.slow.test.ts', 'utf8');
  const console = pictures.filter((name) => name.startsWith('console-'));
  expect(console.length).toBeGreaterThan(0);
  expect(console.filter((name) => !test.includes(`'${name.replace('.png', '')}'`))).toEqual([]);
});
