import type { Locale, MessageValues } from './definition.ts';

const DATES: Record<Locale, Intl.DateTimeFormat> = {
  nb: new Intl.DateTimeFormat('nb-NO', { dateStyle: 'long', timeZone: 'UTC' }),
  nn: new Intl.DateTimeFormat('nn-NO', { dateStyle: 'long', timeZone: 'UTC' }),
  en: new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }),
};

/** `2026-12-25` → «25. desember 2026»; a text that is no date stays as it is. */
export function longDate(locale: Locale, date: MessageValues[string] | undefined): string {
  // oxlint-disable-next-line no-restricted-globals -- a date that is given, not the clock
  const instant = new Date(`${date}T00:00:00Z`);
  return Number.isNaN(instant.getTime()) ? String(date) : DATES[locale].format(instant);
}

const IN_DAYS: Record<Locale, { today: string; tomorrow: string; days: (n: number) => string }> = {
  nb: { today: 'i dag', tomorrow: 'i morgen', days: (n) => `om ${n} dager` },
  nn: { today: 'i dag', tomorrow: 'i morgon', days: (n) => `om ${n} dagar` },
  en: { today: 'today', tomorrow: 'tomorrow', days: (n) => `in ${n} days` },
};

/** 0 → «i dag», 1 → «i morgen», 7 → «om 7 dager». */
export function inDays(locale: Locale, days: MessageValues[string] | undefined): string {
  const { today, tomorrow, days: later } = IN_DAYS[locale];
  const n = Number(days);
  return n === 0 ? today : n === 1 ? tomorrow : later(n);
}

const DAYS: Record<Locale, readonly [one: string, many: string]> = {
  nb: ['dag', 'dager'],
  nn: ['dag', 'dagar'],
  en: ['day', 'days'],
};

/** 1 → «1 dag», 30 → «30 dager». */
export function countDays(locale: Locale, days: MessageValues[string] | undefined): string {
  const [one, many] = DAYS[locale];
  return `${days} ${Number(days) === 1 ? one : many}`;
}
