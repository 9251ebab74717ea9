import { expect, test } from '@jest/globals';
import { nextFiring } from '../../client/cron.ts';

const next = (cron: string, timezone: string, from: string) =>
  nextFiring(cron, timezone, new Date(from))?.toISOString();

test.each([
  ['2026-12-08T11:06:59.999Z', '2026-12-08T11:07:00.000Z'],
  ['2026-12-08T11:07:00.000Z', '2026-12-08T11:07:00.000Z'],
  ['2026-12-08T11:07:00.001Z', '2026-12-09T11:07:00.000Z'],
])('a Schedule fires at or after an instant: %s → %s', (from, at) => {
  expect(next('7 12 * * *', 'Europe/Oslo', from)).toBe(at);
});

test('at the same time of the day in summer and in winter', () => {
  expect(next('7 12 * * *', 'Europe/Oslo', '2026-03-28T12:00:00Z')).toBe('2026-03-29T10:07:00.000Z');
  expect(next('7 12 * * *', 'Europe/Oslo', '2026-10-24T12:00:00Z')).toBe('2026-10-25T11:07:00.000Z');
});

test('on the days and in the timezone that it names', () => {
  expect(next('0 9 * * 1-5', 'Asia/Tokyo', '2026-11-21T00:00:00Z')).toBe('2026-11-23T00:00:00.000Z');
});

test.each([
  ['edited by hand', 'Europe/Oslo'],
  ['7 12 * * *', 'Mars/Phobos'],
])('%s in %s: nobody can say', (cron, timezone) => {
  expect(nextFiring(cron, timezone, new Date(0))).toBeNull();
});
