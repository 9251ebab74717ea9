import type { ClockPhrases } from '../when.ts';

export const clockInEnglish: ClockPhrases = {
  tag: 'en-GB',
  date: (day, month, year) => (year === null ? `${day} ${month}` : `${day} ${month} ${year}`),
  instant: (date, { hour, minute }, place) => `${date}, ${hour}:${minute} ${place}`,
  today: ({ hour, minute }, place) => `today at ${hour}:${minute} ${place}`,
  on: (date) => `on ${date}`,
  in: (city) => `in ${city}`,
};
