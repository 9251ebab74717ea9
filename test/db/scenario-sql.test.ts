import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../db/sql/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sql'));

/** What PostgreSQL can learn the time by. */
const CLOCK =
  /\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|\b(current_date|current_time|current_timestamp|localtime|localtimestamp)\b|'(now|today|tomorrow|yesterday)'(?!::text)/i;

/** Text without comments: they may speak of the clock. Parameters such as :'now' are arguments, not the clock. */
const readsClock = (sql: string) => CLOCK.test(sql.replaceAll(/--.*$/gm, '').replaceAll(/:'[a-z_]+'/g, '$1'));

/** The project's rate and gate are of the wall clock, and have nothing to do with who is due. */
const ALLOWED = new Set(['reserve-rate.sql', 'ask-gate.sql', 'close-gate.sql', 'open-gate.sql']);

describe('SQL takes the time as an argument', () => {
  test('and finds the scenarios it is to look at', () => {
    expect(files.filter((name) => name.startsWith('scenarios')).length).toBeGreaterThan(0);
  });

  test.each(files.filter((name) => !ALLOWED.has(name)))('%s never reads the clock', (name) => {
    expect(readsClock(readFileSync(new URL(name, folder), 'utf8'))).toBe(false);
  });

  test.each([
    'select now()',
    'select NOW ()',
    'where d < current_date',
    'localtimestamp',
    'clock_timestamp()',
    "date 'today'",
  ])('and this test would notice "%s"', (sql) => expect(readsClock(sql)).toBe(true));

  test.each(["where at > :'now'::timestamptz", '-- now() is not read', 'knowledge(now_and_then)'])(
    'and this test lets "%s" pass',
    (sql) => expect(readsClock(sql)).toBe(false),
  );
});
