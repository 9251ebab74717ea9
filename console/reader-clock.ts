import { html } from 'hono/html';
import type { Language } from '../domain/explanation/language.ts';
import type { Html } from './layout.ts';

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', nb: 'nb-NO' };
const LONGEST_NAME = 64;

export const TIMEZONE_COOKIE = 'console_timezone';

/** Instants and dates as a reader's language writes them, on the reader's clock. */
export class ReaderClock {
  /** IANA name. */
  readonly timezone: string;
  readonly #locale: string;

  constructor(timezone: string, language: Language) {
    this.timezone = timezone;
    this.#locale = LOCALES[language];
  }

  /** `21 Nov 2026, 22:05`. */
  text(at: Date | string): string {
    return this.#format(new Date(at), { dateStyle: 'medium', timeStyle: 'short', timeZone: this.timezone });
  }

  /** The same as an element that says the instant to machines. */
  at(at: Date | string): Html {
    return html`<time datetime="${new Date(at).toISOString()}">${this.text(at)}</time>`;
  }

  /** A calendar date, `YYYY-MM-DD`: `21 Nov 2026`. It is the same day on every clock. */
  date(date: string): string {
    return this.#format(new Date(`${date}T12:00:00Z`), { dateStyle: 'medium', timeZone: 'UTC' });
  }

  number(n: number): string {
    return n.toLocaleString(this.#locale);
  }

  #format(at: Date, options: Intl.DateTimeFormatOptions): string {
    return at.toLocaleString(this.#locale, options);
  }
}

/** Whether this is a timezone that can be shown: a cookie may say anything. */
export function isTimezone(name: string | undefined): name is string {
  if (!name || name.length > LONGEST_NAME || !/^[A-Za-z][\w+/-]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
