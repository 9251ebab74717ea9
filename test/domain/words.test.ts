import { describe, expect, test } from '@jest/globals';
import * as english from '../../domain/explanation/en/amounts.ts';
import * as norwegian from '../../domain/explanation/nb/amounts.ts';
import { LANGUAGES } from '../../domain/explanation/language.ts';
import { Clock } from '../../domain/explanation/when.ts';

const asOf = '2026-11-21T09:00:00.000Z';

describe('an instant is written for a reader', () => {
  test.each([
    ['Europe/Oslo', '2026-12-08T11:07:00.000Z', '8 December, 12:07 in Oslo', '8. desember kl. 12.07 i Oslo'],
    ['Europe/Oslo', '2026-12-31T22:59:59.999Z', '31 December, 23:59 in Oslo', '31. desember kl. 23.59 i Oslo'],
    ['Europe/Oslo', '2026-12-31T23:00:00.000Z', '1 January 2027, 00:00 in Oslo', '1. januar 2027 kl. 00.00 i Oslo'],
    [
      'Europe/Oslo',
      '2025-12-31T12:00:00.000Z',
      '31 December 2025, 13:00 in Oslo',
      '31. desember 2025 kl. 13.00 i Oslo',
    ],
    [
      'America/Argentina/Buenos_Aires',
      '2026-12-08T11:07:00.000Z',
      '8 December, 08:07 in Buenos Aires',
      '8. desember kl. 08.07 i Buenos Aires',
    ],
    [
      'Europe/Copenhagen',
      '2026-12-08T11:07:00.000Z',
      '8 December, 12:07 in Copenhagen',
      '8. desember kl. 12.07 i København',
    ],
    ['UTC', '2026-12-08T11:07:00.000Z', '8 December, 11:07 UTC', '8. desember kl. 11.07 UTC'],
    ['CET', '2026-12-08T11:07:00.000Z', '8 December, 12:07 CET', '8. desember kl. 12.07 CET'],
    ['Etc/GMT+12', '2026-12-08T11:07:00.000Z', '7 December, 23:07 Etc/GMT+12', '7. desember kl. 23.07 Etc/GMT+12'],
    ['Mars/Phobos', '2026-12-08T11:07:00.000Z', '8 December, 11:07 UTC', '8. desember kl. 11.07 UTC'],
    ['Europe/Oslo', 'infinity', 'infinity', 'infinity'],
  ])('in %s, %s is %s', (timezone, iso, en, nb) => {
    expect(LANGUAGES.map((language) => new Clock(timezone, asOf, language).instant(iso))).toEqual([en, nb]);
  });

  test('today is the day in their timezone', () => {
    const [en, nb] = LANGUAGES.map((language) => new Clock('Europe/Oslo', asOf, language));
    expect(en!.past('2026-11-20T23:00:00.000Z')).toBe('today at 00:00 in Oslo');
    expect(en!.past('2026-11-20T22:59:59.000Z')).toBe('on 20 November, 23:59 in Oslo');
    expect(nb!.past('2026-11-20T23:00:00.000Z')).toBe('i dag kl. 00.00 i Oslo');
    expect(nb!.past('2026-11-20T22:59:59.000Z')).toBe('20. november kl. 23.59 i Oslo');
  });

  test('a day stands alone, or as what happens on it', () => {
    const [en, nb] = LANGUAGES.map((language) => new Clock('Europe/Oslo', asOf, language));
    const midnight = '2026-12-07T23:00:00.000Z';
    expect([en!.day(midnight), en!.onDay(midnight)]).toEqual(['8 December', 'on 8 December']);
    expect([nb!.day(midnight), nb!.onDay(midnight)]).toEqual(['8. desember', '8. desember']);
  });

  test('a date is the same in every timezone', () => {
    for (const timezone of ['Pacific/Kiritimati', 'Etc/GMT+12']) {
      expect(new Clock(timezone, asOf, 'en').date('2026-12-08')).toBe('8 December');
      expect(new Clock(timezone, asOf, 'nb').date('2027-05-17')).toBe('17. mai 2027');
    }
  });
});

describe('amounts', () => {
  const minutes = [20160, 1440, 90 * 60, 60, 61, 1];
  const lists = [[], [50], [50, 100], [50, 100, 200]];

  test('lengths of time have the largest unit that has them whole, and lists an "and"', () => {
    const words = ['14 days', '1 day', '90 hours', '1 hour', '61 minutes', '1 minute'];
    expect(minutes.map(english.minutesInWords)).toEqual(words);
    expect(lists.map(english.list)).toEqual(['', '50', '50 and 100', '50, 100 and 200']);
  });

  test('in Norwegian, too', () => {
    const words = ['14 dager', '1 dag', '90 timer', '1 time', '61 minutter', '1 minutt'];
    expect(minutes.map(norwegian.minutesInWords)).toEqual(words);
    expect(lists.map(norwegian.list)).toEqual(['', '50', '50 og 100', '50, 100 og 200']);
  });

  test.each([
    [0, 'today', 'i dag'],
    [1, '1 day ago', 'for 1 dag siden'],
    [2, '2 days ago', 'for 2 dager siden'],
  ])('%i days ago', (days, en, nb) => {
    expect([english.ago(days), norwegian.ago(days)]).toEqual([en, nb]);
  });
});
