import { DAY, MINUTE } from '../../domain/durations.ts';

/** A calendar date as whole days since 1970-01-01: dates are added and compared, instants are not involved. */
export type Day = number;

/** The date of an instant in a timezone, and how far into that date it is. */
export function localDay(instant: Date, timezone: string): { day: Day; minutesIntoDay: number } {
  // The Swedish locale writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  const [date = '', time = ''] = format.format(instant).split(' ');
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return { day: Date.parse(`${date}T00:00:00Z`) / DAY, minutesIntoDay: hours * 60 + minutes };
}

/** `YYYY-MM-DD` */
export function isoDay(day: Day): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

export function yearOf(day: Day): number {
  return new Date(day * DAY).getUTCFullYear();
}

export function firstDayOf(year: number): Day {
  return Date.UTC(year, 0, 1) / DAY;
}

/** 09:00 UTC: on one and the same date from New York to Tokyo. */
export function morningOf(day: Day): Date {
  return new Date(day * DAY + 9 * 60 * MINUTE);
}
