import { describe, expect, test } from '@jest/globals';
import { formatMessage } from '../../push/message-format.ts';
import { chooseText, messageText } from '../../push/message-text.ts';
import { SCENARIOS } from '../../domain/scenarios/registry.ts';
import type { Locale, MessageValues } from '../../domain/scenarios/definition.ts';

const { placeholders } = SCENARIOS.certification_expiry;
const values = { certification: 'Førstehjelp', days: 7, date: '2026-12-27', expires_on: '2026-12-27' };
const format = (text: string, locale: Locale = 'nb', more: MessageValues = {}) =>
  formatMessage(text, locale, { ...values, ...more }, placeholders);

describe('a placeholder is written for the reader', () => {
  test.each<[string, Locale, string]>([
    ['{expires_on}', 'nb', '27. desember 2026'],
    ['{expires_on}', 'nn', '27. desember 2026'],
    ['{expires_on}', 'en', '27 December 2026'],
    ['{date}', 'nb', '27. desember 2026'],
    ['{date, date}', 'nb', '27. desember 2026'],
    ['{date, date, short}', 'nb', '27.12.26'],
    ['{date, date, medium}', 'nb', '27. des. 2026'],
    ['{date, date, long}', 'en', '27 December 2026'],
    ['{date, date, full}', 'nb', 'søndag 27. desember 2026'],
    ['{days} {certification}', 'nb', '7 Førstehjelp'],
    ['{ days }', 'nb', '7'],
    ['{days, number}', 'nb', '7'],
  ])('%s in %s as «%s»', (text, locale, written) => {
    expect(format(text, locale)).toEqual({ text: written, fault: null });
  });

  test.each([
    [0, 'i dag'],
    [1, '1 dag'],
    [2, '2 dager'],
    [1234, '1 234 dager'],
  ])('%i days with its singular or plural: «%s»', (days, written) => {
    const text = '{days, plural, =0 {i dag} one {# dag} other {# dager}}';
    expect(format(text, 'nb', { days }).text?.replaceAll(/\s/g, ' ')).toBe(written);
  });

  test('a plural may hold placeholders', () => {
    const text = '{days, plural, one {{certification} i morgen} other {{certification} om # dager, {date}}}';
    expect(format(text).text).toBe('Førstehjelp om 7 dager, 27. desember 2026');
  });

  test.each(['Europe/Oslo', 'America/Los_Angeles', 'Pacific/Kiritimati'])(
    'a date is the same day in %s',
    (timezone) => {
      const before = process.env['TZ'];
      process.env['TZ'] = timezone;
      try {
        expect(format(`{date} {date, date, short} ${timezone}`).text).toBe(`27. desember 2026 27.12.26 ${timezone}`);
      } finally {
        if (before === undefined) delete process.env['TZ'];
        else process.env['TZ'] = before;
      }
    },
  );

  test.each(['infinity', '10000-01-01', '2026-02-30T00:00:00Z', ''])('%j is no date and stays as it is', (date) => {
    expect(format('>{date}', 'nb', { date }).text).toBe(`>${date}`);
  });
});

describe('what is not a placeholder is text', () => {
  test.each([
    "it's {days}",
    "l'{days}'",
    "''{days}''",
    '<b>{days}</b> <',
    '# {days} #1',
    'a } b {days}',
    '𝄞 {days}',
    '\r\n\t{days}',
  ])('%j', (text) => {
    expect(format(text).text).toBe(text.replace('{days}', '7'));
  });

  test('a value is never read as a text', () => {
    const certification = "{days} {nobody} '{' {";
    expect(format('{certification}', 'nb', { certification }).text).toBe(certification);
  });
});

describe('what cannot be formatted is a code, which quotes neither text nor value', () => {
  test.each([
    ['{days', 'EXPECT_ARGUMENT_CLOSING_BRACE'],
    ['{}', 'EMPTY_ARGUMENT'],
    ['{nobody}', 'MISSING_VALUE'],
    ['{toString} {constructor} {__proto__}', 'MISSING_VALUE'],
    ['{days, plural, one {#}}', 'MISSING_OTHER_CLAUSE'],
    ['{certification, date, long}', 'RangeError'],
  ])('%s: %s', (text, fault) => {
    expect(format(text)).toEqual({ text: null, fault });
  });
});

describe('a rule’s own text', () => {
  const own = (title: string, body: string) => ({ nb: { title, body } });
  const builtIn = messageText('certification_expiry', 'nb', values);

  test('is sent in its language, and the built-in one in a language that it lacks', () => {
    const messages = own('{certification}', '{days, plural, one {# dag} other {# dager}} til {expires_on}');
    expect(messageText('certification_expiry', 'nb-NO', values, messages)).toEqual({
      title: 'Førstehjelp',
      body: '7 dager til 27. desember 2026',
    });
    expect(messageText('certification_expiry', 'en', values, messages)).toEqual(
      messageText('certification_expiry', 'en', values),
    );
  });

  test.each([
    ['an open brace in the title', own('{days', 'x'), 'title: EXPECT_ARGUMENT_CLOSING_BRACE'],
    ['an unknown placeholder in the body', own('x', '{expires}'), 'body: MISSING_VALUE'],
    ['nothing that is left of it', own('x', '{days, plural, one {x} other { }}'), 'body: EMPTY'],
    ['no text at all', { nb: { title: 'x' } } as never, 'body: TypeError'],
  ])('with %s gives way to the built-in one, with the reason', (_, messages, fault) => {
    expect(chooseText('certification_expiry', 'nb', values, messages)).toEqual({ text: builtIn, fault });
  });

  test('is cut to what may be sent, by whole characters', () => {
    const { title, body } = messageText(
      'certification_expiry',
      'nb',
      { ...values, certification: '😀'.repeat(600) },
      own('{certification}', '{certification}'),
    );
    expect([Array.from(title).length, Array.from(body).length]).toEqual([100, 500]);
    expect(title).toBe(`${'😀'.repeat(99)}…`);
  });
});

describe('the built-in texts', () => {
  test.each([
    ['inactivity', { days: 1 }, 'Det er 1 dag siden', 'Det er 1 dag sidan', '1 day ago'],
    ['inactivity', { days: 30 }, 'Det er 30 dager siden', 'Det er 30 dagar sidan', '30 days ago'],
    ['certification_expiry', { days: 0 }, 'utløper i dag, 27. desember', 'går ut i dag, 27.', 'expires today, on 27 '],
    ['certification_expiry', { days: 1 }, 'utløper i morgen, 27.', 'går ut i morgon, 27.', 'expires tomorrow, on 27 '],
    ['certification_expiry', { days: 2 }, 'utløper om 2 dager,', 'går ut om 2 dagar,', 'expires in 2 days, on'],
    ['milestone', { sessions: 1, year: 2026 }, '1 samtale i 2026', '1 samtale i 2026', '1 session in 2026'],
    ['milestone', { sessions: 50, year: 2026 }, '50 samtaler i 2026', '50 samtalar i 2026', '50 sessions in 2026'],
  ] as const)('of %s say %j in words', (type, some, nb, nn, en) => {
    const body = (locale: string) => messageText(type, locale, { ...values, ...some }).body;
    expect(body('nb')).toContain(nb);
    expect(body('nn')).toContain(nn);
    expect(body('en')).toContain(en);
  });
});
