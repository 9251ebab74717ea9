import { Clock } from '../domain/explanation/when.ts';

/** As TZ says, or the system. */
function readersZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `20 Nov 10:00`, in the reader's timezone; another year than that of `now` is named. */
export function shortTime(instant: Date, now = new Date()): string {
  const at = partsOf(instant);
  const year = at.year === partsOf(now).year ? '' : ` ${at.year}`;
  return `${at.day} ${at.month}${year} ${at.hour}:${at.minute}`;
}

/** `20 November, 10:00 in Oslo`, in the reader's timezone: for a sentence. */
export function localTime(instant: Date | string, now = new Date()): string {
  return new Clock(readersZone(), now.toISOString(), 'en').instant(new Date(instant).toISOString());
}

function partsOf(instant: Date): Record<'day' | 'month' | 'year' | 'hour' | 'minute', string> {
  // Made anew each time: a test, and a long process, may change TZ.
  const format = new Intl.DateTimeFormat('en-US', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value])) as ReturnType<
    typeof partsOf
  >;
}
