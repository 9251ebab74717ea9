import { describe, expect, test } from '@jest/globals';
import { list, minutesInWords } from '../../domain/explanation/amounts.ts';
import { Clock } from '../../domain/explanation/when.ts';

const asOf = '2026-11-21T09:00:00.000Z';

describe('an instant is written for a reader', () => {
  test.each([
    ['Europe/Oslo', '2026-12-08T11:07:00.000Z', '8 December, 12:07 in Oslo'],
    ['Europe/Oslo', '2026-12-31T22:59:59.999Z', '31 December, 23:59 in Oslo'],
    ['Europe/Oslo', '2026-12-31T23:00:00.000Z', '1 January 2027, 00:00 in Oslo'],
    ['Europe/Oslo', '2025-12-31T12:00:00.000Z', '31 December 2025, 13:00 in Oslo'],
    ['America/Argentina/Buenos_Aires', '2026-12-08T11:07:00.000Z', '8 December, 08:07 in Buenos Aires'],
    ['UTC', '2026-12-08T11:07:00.000Z', '8 December, 11:07 UTC'],
    ['CET', '2026-12-08T11:07:00.000Z', '8 December, 12:07 CET'],
    ['Etc/GMT+12', '2026-12-08T11:07:00.000Z', '7 December, 23:07 Etc/GMT+12'],
    ['Mars/Phobos', '2026-12-08T11:07:00.000Z', '8 December, 11:07 UTC'],
    ['Europe/Oslo', 'infinity', 'infinity'],
  ])('in %s, %s is %s', (timezone, iso, words) => {
    expect(new Clock(timezone, asOf).instant(iso)).toBe(words);
  });

  test('today is the day in their timezone', () => {
    const clock = new Clock('Europe/Oslo', asOf);
    expect(clock.past('2026-11-20T23:00:00.000Z')).toBe('today at 00:00 in Oslo');
    expect(clock.past('2026-11-20T22:59:59.000Z')).toBe('on 20 November, 23:59 in Oslo');
  });

  test('a date is the same in every timezone', () => {
    for (const timezone of ['Pacific/Kiritimati', 'Etc/GMT+12'])
      expect(new Clock(timezone, asOf).date('2026-12-08')).toBe('8 December');
  });
});

test('lengths of time have the largest unit that has them whole, and lists an "and"', () => {
  expect([20160, 1440, 90 * 60, 60, 61, 1].map(minutesInWords)).toEqual([
    '14 days',
    '1 day',
    '90 hours',
    '1 hour',
    '61 minutes',
    '1 minute',
  ]);
  expect([[], [50], [50, 100], [50, 100, 200]].map(list)).toEqual(['', '50', '50 and 100', '50, 100 and 200']);
});
