import { parseInstant } from '../instant.ts';
import { clockInEnglish } from './en/clock.ts';
import type { InLanguages, Language } from './language.ts';
import { clockInNorwegian } from './nb/clock.ts';

interface Time {
  /** `00`..`23` */
  readonly hour: string;
  /** `00`..`59` */
  readonly minute: string;
}

/** How a language writes dates and times; the months' names are Intl's. */
export interface ClockPhrases {
  /** By which Intl knows the language. */
  readonly tag: string;
  /** `year` is null where it goes without saying. */
  readonly date: (day: number, month: string, year: number | null) => string;
  /** `date` as written by this language, `place` as {@link in}, or a timezone that names no place. */
  readonly instant: (date: string, time: Time, place: string) => string;
  readonly today: (time: Time, place: string) => string;
  /** When something happens: a date or an instant with what stands before it. */
  readonly on: (date: string) => string;
  readonly in: (city: string) => string;
}

const PHRASES: InLanguages<ClockPhrases> = { en: clockInEnglish, nb: clockInNorwegian };

/** What the clock on the wall shows somewhere. */
interface Wall extends Time {
  readonly year: number;
  readonly month: string;
  readonly day: number;
  /** `in Oslo`, or `UTC`. */
  readonly place: string;
}

const walls = new Map<string, Intl.DateTimeFormat>();

/**
 * Writes instants and dates for a reader in one timezone and language, as of an instant: the year is left out where it is
 * that one's. A timezone that only PostgreSQL knows is read as UTC. Text that is no instant is returned as it is.
 */
export class Clock {
  readonly language: Language;
  readonly #timezone: string;
  readonly #asOf: Wall | null;

  /** `asOf` as ISO 8601. */
  constructor(timezone: string, asOf: string, language: Language) {
    this.#timezone = timezone;
    this.language = language;
    this.#asOf = this.#wall(asOf);
  }

  get #say(): ClockPhrases {
    return PHRASES[this.language];
  }

  /** `8 December, 12:07 in Oslo` */
  instant(iso: string): string {
    const wall = this.#wall(iso);
    return wall ? this.#say.instant(this.#day(wall), wall, wall.place) : iso;
  }

  /** `8 December`: the day of an instant. */
  day(iso: string): string {
    const wall = this.#wall(iso);
    return wall ? this.#day(wall) : iso;
  }

  /** `8 December`: a calendar date, `YYYY-MM-DD`, in any timezone. */
  date(text: string): string {
    const wall = wallAt(this.language, 'UTC', `${text}T00:00:00Z`);
    return wall ? this.#day(wall) : text;
  }

  /** `on 8 December, 12:07 in Oslo`: when something happens. */
  at(iso: string): string {
    return this.#say.on(this.instant(iso));
  }

  /** `on 8 December`: the day on which something happens. */
  onDay(iso: string): string {
    return this.#say.on(this.day(iso));
  }

  /** `today at 12:07 in Oslo`, or as {@link at}. */
  past(iso: string): string {
    const wall = this.#wall(iso);
    return wall && this.isToday(iso) ? this.#say.today(wall, wall.place) : this.at(iso);
  }

  isToday(iso: string): boolean {
    const wall = this.#wall(iso);
    const today = this.#asOf;
    return !!wall && !!today && wall.year === today.year && wall.month === today.month && wall.day === today.day;
  }

  #wall(iso: string): Wall | null {
    return wallAt(this.language, this.#timezone, iso);
  }

  #day({ year, month, day }: Wall): string {
    return this.#say.date(day, month, year === this.#asOf?.year ? null : year);
  }
}

function wallAt(language: Language, timezone: string, iso: string): Wall | null {
  const instant = parseInstant(iso);
  if (!instant) return null;
  const format = formatFor(language, timezone);
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  return {
    year: Number(parts['year']),
    month: parts['month']!,
    day: Number(parts['day']),
    hour: parts['hour']!,
    minute: parts['minute']!,
    place: placeOf(language, format.resolvedOptions().timeZone === 'UTC' ? 'UTC' : timezone),
  };
}

/** `Europe/Oslo` → `in Oslo`; what names no place stays as it is. */
function placeOf(language: Language, timezone: string): string {
  const [region, ...rest] = timezone.split('/');
  const city = rest.at(-1);
  return city === undefined || region === 'Etc' ? timezone : PHRASES[language].in(city.replaceAll('_', ' '));
}

/** Kept: making one takes a hundred times as long as using it, and there are a few hundred timezones. */
function formatFor(language: Language, timezone: string): Intl.DateTimeFormat {
  const { tag } = PHRASES[language];
  const key = `${tag} ${timezone}`;
  const known = walls.get(key);
  if (known) return known;
  const made = makeFormat(tag, timezone) ?? makeFormat(tag, 'UTC')!;
  walls.set(key, made);
  return made;
}

function makeFormat(tag: string, timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat(tag, {
      timeZone,
      year: 'numeric',
      month: 'long',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  } catch {
    return null;
  }
}
