import { afterAll, describe, expect, test } from '@jest/globals';
import { createDatabase } from '../support/database.ts';

const database = await createDatabase();
const { pool } = database.worker;
afterAll(() => database.drop());

/** In a session of another timezone than any here, and as the worker. */
async function sendAt(after: string, timezone: string, from: string, until: string): Promise<string | null> {
  const client = await pool.connect();
  try {
    await client.query(`begin; set local timezone = 'America/Santiago'`);
    const { rows } = await client.query<{ at: Date | null }>('select scenario_push.send_at($1, $2, $3, $4) as at', [
      after,
      timezone,
      from,
      until,
    ]);
    return rows[0]!.at?.toISOString().replace('.000', '') ?? null;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

test.each([
  ['half past nine in the evening', '2026-11-20T20:30:00Z', '2026-11-21T07:00:00Z'],
  ['a second before the end', '2026-11-20T19:59:59Z', null],
  ['a microsecond before the end', '2026-11-20T19:59:59.999999Z', null],
  ['the end', '2026-11-20T20:00:00Z', '2026-11-21T07:00:00Z'],
  ['a microsecond before the beginning', '2026-11-20T06:59:59.999999Z', '2026-11-20T07:00:00Z'],
  ['the beginning', '2026-11-20T07:00:00Z', null],
])('from 08:00 to 21:00 in Oslo, at %s (%s): %s', async (_, after, expected) => {
  expect(await sendAt(after, 'Europe/Oslo', '08:00', '21:00')).toBe(expected);
});

test.each([
  ['within it, before midnight', '2026-11-20T22:30:00Z', null],
  ['within it, after midnight', '2026-11-20T04:59:59Z', null],
  ['at its end', '2026-11-20T05:00:00Z', '2026-11-20T21:00:00Z'],
  ['before it', '2026-11-20T20:59:59Z', '2026-11-20T21:00:00Z'],
])('a window that spans midnight, 22:00 to 06:00 in Oslo, %s (%s): %s', async (_, after, expected) => {
  expect(await sendAt(after, 'Europe/Oslo', '22:00', '06:00')).toBe(expected);
});

test.each(['00:00', '08:00', '23:59'])('%s to the same time is any hour', async (time) => {
  expect(await sendAt('2026-11-20T03:00:00Z', 'Europe/Oslo', time, time)).toBeNull();
});

test('until 24:00 is until midnight', async () => {
  expect(await sendAt('2026-11-20T22:59:59Z', 'Europe/Oslo', '08:00', '24:00')).toBeNull();
  expect(await sendAt('2026-11-20T23:00:00Z', 'Europe/Oslo', '08:00', '24:00')).toBe('2026-11-21T07:00:00Z');
});

describe('on 29 March 2026 the clock of Oslo jumps from 02:00 to 03:00, at 01:00 UTC', () => {
  test.each([
    [
      'over the beginning: the first instant after the jump',
      '02:30',
      '21:00',
      '2026-03-28T22:00:00Z',
      '2026-03-29T01:00:00Z',
    ],
    ['over the beginning, at the jump itself', '02:30', '21:00', '2026-03-29T01:00:00Z', null],
    ['right to the beginning', '03:00', '21:00', '2026-03-28T22:00:00Z', '2026-03-29T01:00:00Z'],
    ['from the beginning', '02:00', '21:00', '2026-03-28T22:00:00Z', '2026-03-29T01:00:00Z'],
    ['over the whole window: the next day', '02:15', '02:45', '2026-03-28T22:00:00Z', '2026-03-30T00:15:00Z'],
    ['long before the beginning', '08:00', '21:00', '2026-03-28T22:00:00Z', '2026-03-29T06:00:00Z'],
    ['behind the beginning', '01:59', '21:00', '2026-03-28T22:00:00Z', '2026-03-29T00:59:00Z'],
  ])('%s', async (_, from, until, after, expected) => {
    expect(await sendAt(after, 'Europe/Oslo', from, until)).toBe(expected);
  });
});

describe('on 25 October 2026 it jumps back from 03:00 to 02:00, at 01:00 UTC', () => {
  test.each([
    ['02:30 comes twice: the first', '02:30', '21:00', '2026-10-24T22:00:00Z', '2026-10-25T00:30:00Z'],
    ['after the jump the window is shut once more', '02:30', '21:00', '2026-10-25T01:00:00Z', '2026-10-25T01:30:00Z'],
    [
      'back into the window, which ended half an hour ago',
      '22:00',
      '02:30',
      '2026-10-25T00:45:00Z',
      '2026-10-25T01:00:00Z',
    ],
    ['long before the beginning', '08:00', '21:00', '2026-10-24T22:00:00Z', '2026-10-25T07:00:00Z'],
  ])('%s', async (_, from, until, after, expected) => {
    expect(await sendAt(after, 'Europe/Oslo', from, until)).toBe(expected);
  });
});

test('a whole day that a timezone left out (Samoa, 30 December 2011) has no hours', async () => {
  expect(await sendAt('2011-12-30T09:00:00Z', 'Pacific/Apia', '08:00', '21:00')).toBe('2011-12-30T18:00:00Z');
});

describe('a mentor’s timezone', () => {
  const timezoneOf = async (own: string | null, organizations: string): Promise<string> =>
    (await pool.query<{ t: string }>('select scenario_push.timezone_of($1, $2) as t', [own, organizations])).rows[0]!.t;

  test.each(['Asia/Tokyo', 'america/argentina/buenos_aires', 'Etc/GMT+12', 'UTC', 'CET', 'EST5EDT'])(
    '%s is theirs',
    async (own) => {
      expect(await timezoneOf(own, 'Europe/Oslo')).toBe(own);
    },
  );

  test.each([
    null,
    '',
    ' ',
    'Mars/Phobos',
    'Europe/Olso',
    'UTC+3',
    '+03',
    '<+03>-3',
    'Nowhere/Land0',
    'CEST',
    'PST',
    'posix/Asia/Tokyo',
  ])('%j is none: their organisation’s', async (own) => {
    expect(await timezoneOf(own, 'America/New_York')).toBe('America/New_York');
  });

  test('neither is one: Oslo’s', async () => {
    expect(await timezoneOf('Mars/Phobos', 'Mars/Deimos')).toBe('Europe/Oslo');
  });
});
