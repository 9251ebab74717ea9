import { getCookie } from 'hono/cookie';
import { timezoneOfReader } from '../db/timezone-of-reader.ts';
import type { ConsoleContext } from './env.ts';
import { isTimezone, ReaderClock, TIMEZONE_COOKIE } from './reader-clock.ts';
import type { Reader } from './reader.ts';
import type { ConsoleServices } from './services.ts';

/** That of the Schedules. */
const FALLBACK = 'Europe/Oslo';

/** The browser's timezone, which the script puts into a cookie; without it, that of the reader's organisation. */
export async function setReaderClock(c: ConsoleContext, services: ConsoleServices): Promise<void> {
  const told = getCookie(c, TIMEZONE_COOKIE);
  const timezone = isTimezone(told) ? told : await ofOrganization(services, c.get('reader'));
  c.set('when', new ReaderClock(timezone, c.get('language')));
}

/** A page never fails for the clock of its times. */
async function ofOrganization({ db }: ConsoleServices, reader: Reader | undefined): Promise<string> {
  if (!reader) return FALLBACK;
  const found = await timezoneOfReader(db, reader.kind === 'person' ? reader.id : null).catch(() => null);
  return isTimezone(found ?? undefined) ? found! : FALLBACK;
}
