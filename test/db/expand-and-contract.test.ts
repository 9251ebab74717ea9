import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';

const TAKES_AWAY =
  /\b(?:drop\s+(?:table|column|view|function|type|schema)|rename\s+(?:to|column|constraint)|alter\s+(?:column\s+)?\w+\s+(?:set\s+data\s+)?type\b|alter\s+column\s+\w+\s+set\s+not\s+null)/i;
const SAYS_WHY = /^-- contract: since \S+ nothing uses /m;

/** Statements alone: comments, hints and what helper functions are made of are text. */
const statementsOf = (sql: string) =>
  sql
    .replaceAll(/--.*$/gm, '')
    .replaceAll(/\$(\w*)\$.*?\$\1\$/gs, '')
    .replaceAll(/'(?:[^']|'')*'/g, '');
const isFaulty = (sql: string) => TAKES_AWAY.test(statementsOf(sql)) && !SAYS_WHY.test(sql);

test.each(readdirSync('migrations').filter((file) => file.endsWith('.sql')))(
  '%s leaves the build before it what it uses',
  (file) => {
    expect(isFaulty(readFileSync(`migrations/${file}`, 'utf8'))).toBe(false);
  },
);

test.each([
  'alter table public.users drop column locale;',
  'drop table public.users;',
  'alter table users rename column locale to language;',
  'alter table users alter column locale type int;',
  'alter table users alter column locale set not null;',
  'drop function if exists f();',
])('"%s" is refused, unless it says since when nothing uses it', (sql) => {
  expect(isFaulty(sql)).toBe(true);
  expect(isFaulty(`-- contract: since 1.4.0 nothing uses it.\n${sql}`)).toBe(false);
});

test.each([
  'alter table users add column if not exists x int;',
  '-- drop table users',
  "comment on table users is 'drop table';",
])('"%s" is not', (sql) => {
  expect(isFaulty(sql)).toBe(false);
});
