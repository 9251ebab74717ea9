import { afterAll, describe, expect, test } from '@jest/globals';
import { toMicros, toMillis, wallClock } from '../../proof/evaluator/calendar.ts';
import { sendAt } from '../../proof/evaluator/hours.ts';
import { createDatabase } from '../support/database.ts';

const database = await createDatabase();
const { pool } = database.worker;
afterAll(() => database.drop());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FIRST = Date.UTC(2024, 0, 1);
const LAST = Date.UTC(2031, 0, 1);
/** Ends and beginnings that a jump passes over, repeats, or leaves alone. */
const HOURS = [
  ['08:00:00', '21:00:00'],
  ['02:30:00', '03:30:00'],
  ['01:15:00', '02:45:00'],
  ['22:00:00', '02:15:00'],
  ['00:00:00', '00:30:00'],
] as const;
/** Either side of the jump, to the second and to the day. */
const AROUND = [-24 * HOUR, -3 * HOUR, -HOUR, -HOUR / 2, -1_000, 0, 1_000, HOUR / 2, HOUR, 3 * HOUR];

interface Jump {
  readonly timezone: string;
  readonly at: number;
}

/** When the clock of a timezone jumps: found by looking at it every week, and then closer. */
function jumpsOf(timezone: string): Jump[] {
  // What the clock shows less what it shows in UTC, within a day.
  const offset = (at: number) => {
    const instant = toMicros(new Date(at));
    return (wallClock(timezone, instant) - wallClock('UTC', instant) + 86_400_000_000n) % 86_400_000_000n;
  };
  const jumps: Jump[] = [];
  const week = 7 * 24 * HOUR;
  for (let from = FIRST; from < LAST; from += week) {
    if (offset(from) === offset(from + week)) continue;
    let [before, behind] = [from, from + week];
    while (behind - before > HOUR / 4) {
      const middle = before + Math.round((behind - before) / 2 / (HOUR / 4)) * (HOUR / 4);
      if (offset(middle) === offset(before)) before = middle;
      else behind = middle;
    }
    jumps.push({ timezone, at: behind });
  }
  return jumps;
}

const known = await pool.query<{ name: string }>('select name from pg_timezone_names');
const ours = new Set(known.rows.map(({ name }) => name));
const timezones = Intl.supportedValuesOf('timeZone').filter((name) => ours.has(name));
const allJumps = timezones.flatMap(jumpsOf);
const sameClock = await clocksAgree(allJumps);
// Governments decide late, and Node and PostgreSQL have learnt it up to different dates: what they tell differently proves
// nothing here.
const jumps = allJumps.filter((_, n) => sameClock[n]);

/** Whether Node and PostgreSQL know the same of the clock from a day before a jump to three days after it. */
async function clocksAgree(of: readonly Jump[]): Promise<boolean[]> {
  const days = [-DAY, -1_000, 0, DAY, 2 * DAY, 3 * DAY];
  const { rows } = await pool.query<{ clocks: number[] }>(
    `select array(
       select (extract(epoch from (to_timestamp((j.at + ms) / 1000.0) at time zone j.timezone)::time) * 1000)::int
       from unnest($3::float8[]) with ordinality as d (ms, place) order by place) as clocks
     from unnest($1::text[], $2::float8[]) with ordinality as j (timezone, at, n)
     order by n`,
    [of.map(({ timezone }) => timezone), of.map(({ at }) => at), days],
  );
  return rows.map(({ clocks }, n) => {
    const { timezone, at } = of[n]!;
    return days.every((ms, d) => wallClock(timezone, toMicros(new Date(at + ms))) === BigInt(clocks[d]!) * 1000n);
  });
}

/** All cases at once, in a session of an awkward timezone. */
async function answersOf(cases: readonly { timezone: string; at: number; hours: readonly string[] }[]) {
  const client = await pool.connect();
  try {
    await client.query(`begin; set local timezone = 'Australia/Lord_Howe'`);
    const { rows } = await client.query<{ at: string | null }>(
      `select (extract(epoch from scenario_push.send_at(to_timestamp(c.at / 1000.0), c.timezone, c.from_, c.until_)) * 1000)::bigint as at
       from unnest($1::text[], $2::float8[], $3::time[], $4::time[]) with ordinality as c (timezone, at, from_, until_, n)
       order by n`,
      [
        cases.map((one) => one.timezone),
        cases.map((one) => one.at),
        cases.map((one) => one.hours[0]),
        cases.map((one) => one.hours[1]),
      ],
    );
    return rows.map(({ at }) => (at === null ? null : Number(at)));
  } finally {
    await client.query('rollback');
    client.release();
  }
}

describe(`${timezones.length} timezones, ${jumps.length} jumps of their clocks from 2024 to 2030`, () => {
  test('are all there are', () => {
    expect(timezones.length).toBeGreaterThan(400);
    expect(jumps.length).toBeGreaterThan(1_500);
    expect(allJumps.length - jumps.length).toBeLessThan(allJumps.length / 20);
    const oslo = jumps.filter(({ timezone }) => timezone === 'Europe/Oslo').map(({ at }) => new Date(at).toISOString());
    expect(oslo).toHaveLength(14);
    expect(oslo).toEqual(expect.arrayContaining(['2026-03-29T01:00:00.000Z', '2026-10-25T01:00:00.000Z']));
  });

  test.each(HOURS)('from %s to %s: the database and the evaluator agree on either side of each', async (...hours) => {
    const cases = jumps.flatMap(({ timezone, at }) => AROUND.map((ms) => ({ timezone, at: at + ms, hours })));
    const [send_from, send_until] = hours;
    const expected = cases.map(({ timezone, at }) => {
      const found = sendAt(timezone, { send_from, send_until }, toMicros(new Date(at)));
      return found === null ? null : toMillis(found);
    });
    const actual = await answersOf(cases);
    const differences = cases.flatMap(({ timezone, at }, n) =>
      actual[n] === expected[n]
        ? []
        : [{ timezone, at: new Date(at).toISOString(), actual: actual[n], expected: expected[n] }],
    );
    expect(differences.slice(0, 5)).toEqual([]);
  });
});
