import type { Micros } from './audience.ts';
import { wallClock } from './calendar.ts';

/** Clocks change on the quarter of an hour, everywhere: within one, they run evenly. */
const QUARTER = 900_000_000n;
/** A window opens every day; a timezone may leave one out. */
const QUARTERS_TO_LOOK_AT = 3 * 96;

export interface Hours {
  /** `HH:MM:SS`, as PostgreSQL writes a time. */
  readonly send_from: string;
  readonly send_until: string;
}

/**
 * When to send what is due at an instant: null inside the hours, else the earliest instant after it that is. Walks from
 * quarter to quarter and looks at the clock on the wall.
 */
export function sendAt(timezone: string, { send_from, send_until }: Hours, asOf: Micros): Micros | null {
  const [from, until] = [microsOf(send_from), microsOf(send_until)];
  const isOpen = (clock: Micros) =>
    from === until || (from < until ? from <= clock && clock < until : from <= clock || clock < until);
  if (isOpen(wallClock(timezone, asOf))) return null;
  let begin = asOf;
  for (let quarter = 0; quarter < QUARTERS_TO_LOOK_AT; quarter++) {
    const clock = wallClock(timezone, begin);
    if (isOpen(clock)) return begin;
    const end = (begin / QUARTER + 1n) * QUARTER;
    if (clock < from && from < clock + (end - begin)) return begin + (from - clock);
    begin = end;
  }
  throw new Error(`E_EVALUATOR: no hour from ${send_from} to ${send_until} in ${timezone} after ${asOf}`);
}

function microsOf(time: string): Micros {
  const [hours, minutes, seconds] = time.split(':') as [string, string, string];
  const [whole, fraction = ''] = seconds.split('.') as [string, string?];
  return (BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(whole)) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}
