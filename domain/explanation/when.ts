import { parseInstant } from '../instant.ts';

/** What the clock on the wall shows somewhere. */
interface Wall {
  readonly year: number;
  readonly month: string;
  readonly day: string;
  /** `HH:MM` */
  readonly time: string;
  /** `in Oslo`, or `UTC`. */
  readonly place: string;
}

const walls = new Map<string, Intl.DateTimeFormat>();

/**
 * Writes instants and dates for a reader in one timezone, as of an instant: the year is left out where it is that one's.
 * A timezone that only PostgreSQL knows is read as UTC. Text that is no instant is returned as it is.
 */
export class Clock {
  readonly #timezone: string;
  readonly #asOf: Wall | null;

  /** `asOf` as ISO 8601. */
  constructor(timezone: string, asOf: string) {
    this.#timezone = timezone;
    this.#asOf = wallAt(timezone, asOf);
  }

  /** `8 December, 12:07 in Oslo` */
  instant(iso: string): string {
    const wall = wallAt(this.#timezone, iso);
    return wall ? `${this.#day(wall)}, ${wall.time} ${wall.place}` : iso;
  }

  /** `8 December`: the day of an instant. */
  day(iso: string): string {
    const wall = wallAt(this.#timezone, iso);
    return wall ? this.#day(wall) : iso;
  }

  /** `8 December`: a calendar date, `YYYY-MM-DD`, in any timezone. */
  date(text: string): string {
    const wall = wallAt('UTC', `${text}T00:00:00Z`);
    return wall ? this.#day(wall) : text;
  }

  /** `today at 12:07 in Oslo`, or as {@link instant}. */
  past(iso: string): string {
    const wall = wallAt(this.#timezone, iso);
    return wall && this.isToday(iso) ? `today at ${wall.time} ${wall.place}` : `on ${this.instant(iso)}`;
  }

  isToday(iso: string): boolean {
    const wall = wallAt(this.#timezone, iso);
    const today = this.#asOf;
    return !!wall && !!today && wall.year === today.year && wall.month === today.month && wall.day === today.day;
  }

  #day({ year, month, day }: Wall): string {
    return year === this.#asOf?.year ? `${day} ${month}` : `${day} ${month} ${year}`;
  }
}

function wallAt(timezone: string, iso: string): Wall | null {
  const instant = parseInstant(iso);
  if (!instant) return null;
  const format = formatFor(timezone);
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  return {
    year: Number(parts['year']),
    month: parts['month']!,
    day: parts['day']!,
    time: `${parts['hour']}:${parts['minute']}`,
    place: placeOf(format.resolvedOptions().timeZone === 'UTC' ? 'UTC' : timezone),
  };
}

/** `Europe/Oslo` → `in Oslo`; what names no place stays as it is. */
function placeOf(timezone: string): string {
  const [region, ...rest] = timezone.split('/');
  const city = rest.at(-1);
  return city === undefined || region === 'Etc' ? timezone : `in ${city.replaceAll('_', ' ')}`;
}

/** Kept: making one takes a hundred times as long as using it, and there are a few hundred timezones. */
function formatFor(timezone: string): Intl.DateTimeFormat {
  const known = walls.get(timezone);
  if (known) return known;
  const made = makeFormat(timezone) ?? makeFormat('UTC')!;
  walls.set(timezone, made);
  return made;
}

function makeFormat(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-GB', {
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
