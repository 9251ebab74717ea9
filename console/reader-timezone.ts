import { getCookie } from 'hono/cookie';
import type { ConsoleContext } from './env.ts';
import { isTimezone, ReaderClock, TIMEZONE_COOKIE } from './reader-clock.ts';
import type { ConsoleServices } from './services.ts';

const FALLBACK = 'Europe/Oslo';

/** The browser's timezone, which the script puts into a cookie. */
export async function setReaderClock(c: ConsoleContext, _services: ConsoleServices): Promise<void> {
  const told = getCookie(c, TIMEZONE_COOKIE);
  c.set('when', new ReaderClock(isTimezone(told) ? told : FALLBACK, c.get('language')));
}
