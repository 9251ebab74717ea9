import type { IsoDate, Micros } from './audience.ts';

/** Days since 1 January 1970 of the Gregorian calendar. */
export type DayNumber = number;

/** By counting: whole years, then whole months, then days. */
export function dayNumber(date: IsoDate): DayNumber {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const years = year - 1970;
  const leapDays = leapYearsBefore(year) - leapYearsBefore(1970);
  let days = years * 365 + leapDays;
  for (let m = 1; m < month; m++) days += daysInMonth(year, m);
  return days + day - 1;
}

export function isoDate(day: DayNumber): IsoDate {
  let year = 1970 + Math.floor(day / 366);
  while (dayNumber(`${year + 1}-01-01`) <= day) year++;
  let rest = day - dayNumber(`${year}-01-01`);
  let month = 1;
  while (rest >= daysInMonth(year, month)) rest -= daysInMonth(year, month++);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(rest + 1).padStart(2, '0')}`;
}

function leapYearsBefore(year: number): number {
  const y = year - 1;
  return Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return leapYearsBefore(year + 1) > leapYearsBefore(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

const formats = new Map<string, Intl.DateTimeFormat | null>();

/** The calendar date of an instant in a timezone; null where nobody knows a timezone of that name. */
export function dateIn(timezone: string, instant: Micros): IsoDate | null {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = formatIn(timezone);
    formats.set(timezone, format);
  }
  // The Swedish locale writes dates as ISO 8601 does. Intl rounds towards the past, as a calendar does.
  return format ? format.format(new Date(toMillis(instant))) : null;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Micros>();
const QUARTER = 900_000;

/** What a clock on the wall shows: microseconds since midnight. The timezone must be known. */
export function wallClock(timezone: string, instant: Micros): Micros {
  const quarter = Math.floor(toMillis(instant) / QUARTER) * QUARTER;
  const name = `${timezone} ${quarter}`;
  let atQuarter = offsets.get(name);
  if (atQuarter === undefined) {
    let clock = clocks.get(timezone);
    if (!clock) {
      clock = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, timeStyle: 'medium' });
      clocks.set(timezone, clock);
    }
    const [hours, minutes, seconds] = clock.format(new Date(quarter)).split(':').map(Number) as [
      number,
      number,
      number,
    ];
    atQuarter = BigInt(hours * 3600 + minutes * 60 + seconds) * 1_000_000n;
    offsets.set(name, atQuarter);
  }
  return atQuarter + (instant - BigInt(quarter) * 1000n);
}

/** Whether a text is the name of a timezone, as IANA has them. Intl takes offsets from UTC as well. */
export function isTimezone(name: string): boolean {
  return !/^[+-]/.test(name) && dateIn(name, 0n) !== null;
}

function formatIn(timezone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone });
  } catch {
    return null;
  }
}

export function toMicros(instant: Date): Micros {
  return BigInt(instant.getTime()) * 1000n;
}

/** The millisecond that an instant lies in. */
export function toMillis(instant: Micros): number {
  const millis = instant / 1000n;
  return Number(instant % 1000n < 0n ? millis - 1n : millis);
}
