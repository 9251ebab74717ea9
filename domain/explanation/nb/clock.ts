import type { ClockPhrases } from '../when.ts';

/** Cities that name a timezone, and that Norwegian writes in its own way. */
const CITIES: Readonly<Record<string, string>> = {
  Athens: 'Athen',
  Brussels: 'Brussel',
  Copenhagen: 'København',
  Lisbon: 'Lisboa',
  Moscow: 'Moskva',
  Prague: 'Praha',
  Rome: 'Roma',
  Vienna: 'Wien',
  Warsaw: 'Warszawa',
};

/** Språkrådet writes 12.07; no preposition stands before a date. */
export const clockInNorwegian: ClockPhrases = {
  tag: 'nb-NO',
  date: (day, month, year) => (year === null ? `${day}. ${month}` : `${day}. ${month} ${year}`),
  instant: (date, { hour, minute }, place) => `${date} kl. ${hour}.${minute} ${place}`,
  today: ({ hour, minute }, place) => `i dag kl. ${hour}.${minute} ${place}`,
  on: (date) => date,
  in: (city) => `i ${CITIES[city] ?? city}`,
};
