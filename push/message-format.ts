import { IntlMessageFormat, type Formatters } from 'intl-messageformat';
import type { Locale, MessageValues, PlaceholderKind } from '../domain/scenarios/definition.ts';

/** By which rules a language writes dates, numbers and plurals. */
const TAGS: Readonly<Record<Locale, string>> = { nb: 'nb-NO', nn: 'nn-NO', en: 'en-GB' };

/** More than the texts of any service, and few enough to keep. */
const MOST_COMPILED = 10_000;

const LONG = IntlMessageFormat.formats.date['long']!;

export interface Formatted {
  /** Null where the text cannot be formatted. */
  readonly text: string | null;
  /** Why not, as a code: it quotes neither the text nor a value. */
  readonly fault: string | null;
}

/** A text that was parsed, or why it could not be. */
type Compiled = IntlMessageFormat | { readonly fault: string };

const formatters: Readonly<Record<Locale, Formatters>> = {
  nb: formattersOf(TAGS.nb),
  nn: formattersOf(TAGS.nn),
  en: formattersOf(TAGS.en),
};
const compiled: Record<Locale, Map<string, Compiled>> = { nb: new Map(), nn: new Map(), en: new Map() };

/**
 * One text in ICU MessageFormat, for a reader of `locale`. An apostrophe is always an apostrophe and `<` always `<`:
 * whoever writes a text need not know what ICU quotes with them. A date is a calendar date, in any timezone.
 */
export function formatMessage(
  text: string,
  locale: Locale,
  values: MessageValues,
  placeholders: Readonly<Record<string, { readonly kind: PlaceholderKind }>>,
): Formatted {
  const message = compiledText(text, locale);
  if (!(message instanceof IntlMessageFormat)) return { text: null, fault: message.fault };
  try {
    const parts = message.formatToParts(readable(values, locale, placeholders));
    return { text: parts.map(({ value }) => String(value)).join(''), fault: null };
  } catch (error) {
    return { text: null, fault: codeOf(error) };
  }
}

function compiledText(text: string, locale: Locale): Compiled {
  const known = compiled[locale];
  const found = known.get(text);
  if (found) return found;
  const fresh = compile(text, locale);
  if (known.size >= MOST_COMPILED) known.clear();
  known.set(text, fresh);
  return fresh;
}

function compile(text: string, locale: Locale): Compiled {
  try {
    return new IntlMessageFormat(text.replaceAll("'", "''"), TAGS[locale], undefined, {
      ignoreTag: true,
      formatters: formatters[locale],
    });
  } catch (error) {
    return { fault: codeOf(error) };
  }
}

/** The values by name alone, without what every object inherits; dates as dates. */
function readable(
  values: MessageValues,
  locale: Locale,
  placeholders: Readonly<Record<string, { readonly kind: PlaceholderKind }>>,
): Record<string, string | number | Date> {
  const all = Object.assign(Object.create(null) as object, values) as Record<string, string | number | Date>;
  for (const name in all) {
    const value = all[name];
    if (placeholders[name]?.kind === 'date' && typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) {
      const date = new CalendarDate(value, locale);
      if (!Number.isNaN(date.getTime())) all[name] = date;
    }
  }
  return all;
}

/** Where a text gives it no style it is written out: «27. desember 2026». */
class CalendarDate extends Date {
  readonly #locale: Locale;

  constructor(iso: string, locale: Locale) {
    super(`${iso}T00:00:00Z`);
    this.#locale = locale;
  }

  override toString(): string {
    return formatters[this.#locale].getDateTimeFormat(undefined, LONG).format(this);
  }
}

/** Makes each of Intl's formats once: it takes a hundred times as long as formatting. */
function formattersOf(tag: string): Formatters {
  const numbers = new WeakMap<object, Intl.NumberFormat>();
  const dates = new WeakMap<object, Intl.DateTimeFormat>();
  const plurals = new WeakMap<object, Intl.PluralRules>();
  const plain = {};
  return {
    getNumberFormat: (_, options) => once(numbers, options ?? plain, () => new Intl.NumberFormat(tag, options)),
    getDateTimeFormat: (_, options = LONG) =>
      once(dates, options, () => new Intl.DateTimeFormat(tag, { ...options, timeZone: 'UTC' })),
    getPluralRules: (_, options) =>
      options?.type === 'ordinal'
        ? new Intl.PluralRules(tag, options)
        : once(plurals, plain, () => new Intl.PluralRules(tag)),
  };
}

function once<T>(known: WeakMap<object, T>, key: object, make: () => T): T {
  const found = known.get(key);
  if (found) return found;
  const made = make();
  known.set(key, made);
  return made;
}

/** The parser's errors have their code for a message; those of formatting have it as `code`, and quote in theirs. */
function codeOf(error: unknown): string {
  if (error instanceof SyntaxError) return error.message;
  return (error as { code?: string }).code ?? (error instanceof Error ? error.name : 'UNKNOWN');
}
