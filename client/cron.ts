import { DAYS_OF_WEEK, MONTHS, type ScheduleDescription } from '@temporalio/client';
import { CronExpressionParser } from 'cron-parser';

const FIELDS = ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'] as const;
/** Numbers, names of months and days, and what joins them: the part of cron that all dialects agree on. */
const FIELD = /^(?:\*|(?:\d+|[a-z]{3})(?:-(?:\d+|[a-z]{3}))?)(?:\/\d+)?$/i;

/** When it fires: for each field, the values that match, ascending, as text. */
type FiringTimes = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Why Temporal would not fire at the times that this expression seems to say, or null. */
export function cronFault(cron: string): string | null {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return `it has ${fields.length} fields`;
  const strange = fields.flatMap((field) => field.split(',')).find((part) => !FIELD.test(part));
  if (strange !== undefined) return `"${strange}" is not understood`;
  // Temporal fires where both match, cron where either does.
  if (fields[2] !== '*' && fields[4] !== '*') return 'day of the month and day of the week cannot both be chosen';
  try {
    firingTimes(cron);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Null, or why a timezone is none. Temporal's server knows names of the IANA database alone, and their case. */
export function timezoneFault(timezone: string): string | null {
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
    if (!/^[A-Z]/.test(timezone)) return 'it is no name of the IANA database';
    const sameName = known.toLowerCase() === timezone.toLowerCase();
    return sameName && known !== timezone ? `it is written ${known}` : null;
  } catch {
    return 'it is no name of the IANA database';
  }
}

/** The expression that a Schedule was given, or, where somebody has edited it since, the times it fires at. */
export function cronOf({
  calendars = [],
  intervals = [],
  skip = [],
  startAt,
  endAt,
  jitter,
}: ScheduleDescription['spec']): string {
  const [calendar, ...others] = calendars;
  if (!calendar || others.length + intervals.length + skip.length > 0 || startAt || endAt || jitter)
    return 'edited by hand';
  const times = timesOfCalendar(calendar);
  if (!times) return 'edited by hand';
  const { comment } = calendar;
  if (comment && cronFault(comment) === null && isSame(firingTimes(comment), times)) return comment;
  return FIELDS.map((field) => times[field]).join(' ');
}

/** When an expression next fires in a timezone, at or after an instant. Null where it never does, or is none. */
export function nextFiring(cron: string, timezone: string, from: Date): Date | null {
  if (cronFault(cron) !== null || timezoneFault(timezone) !== null) return null;
  try {
    // It looks for what is later than this, and seconds are 0.
    const currentDate = new Date(from.getTime() - 1);
    return CronExpressionParser.parse(cron.trim(), { currentDate, tz: timezone }).next().toDate();
  } catch {
    return null;
  }
}

function firingTimes(cron: string): FiringTimes {
  const { fields } = CronExpressionParser.parse(cron.trim());
  const values = (field: (typeof FIELDS)[number]) => fields[field].values.map(Number);
  return {
    minute: textOf(values('minute'), 60),
    hour: textOf(values('hour'), 24),
    dayOfMonth: textOf(values('dayOfMonth'), 31),
    month: textOf(values('month'), 12),
    dayOfWeek: textOf(
      values('dayOfWeek').map((day) => day % 7),
      7,
    ),
  };
}

type Calendar = NonNullable<ScheduleDescription['spec']['calendars']>[number];

function timesOfCalendar(calendar: Calendar): FiringTimes | null {
  if (textOf(expand(calendar.second), 60) !== '0' || calendar.year.length > 0) return null;
  return {
    minute: textOf(expand(calendar.minute), 60),
    hour: textOf(expand(calendar.hour), 24),
    dayOfMonth: textOf(expand(calendar.dayOfMonth), 31),
    month: textOf(
      expand(calendar.month, (name) => MONTHS.indexOf(name) + 1),
      12,
    ),
    dayOfWeek: textOf(
      expand(calendar.dayOfWeek, (name) => DAYS_OF_WEEK.indexOf(name)),
      7,
    ),
  };
}

function expand<T>(
  ranges: readonly { start: T; end: T; step: number }[],
  numberOf: (value: T) => number = Number,
): number[] {
  return ranges.flatMap(({ start, end, step }) => {
    const [from, to] = [numberOf(start), numberOf(end)];
    return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
  });
}

function textOf(values: readonly number[], all: number): string {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  return distinct.length === all ? '*' : distinct.join(',');
}

function isSame(a: FiringTimes, b: FiringTimes): boolean {
  return FIELDS.every((field) => a[field] === b[field]);
}
