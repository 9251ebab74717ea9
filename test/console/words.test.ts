import { describe, expect, test } from '@jest/globals';
import { LANGUAGES } from '../../domain/explanation/language.ts';
import { wordsOf } from '../../console/language.ts';
import type { Words } from '../../console/words/en.ts';

type Phrase = (words: Words) => (n: string) => string;

describe('a phrase with a number has a singular and a plural', () => {
  test.each<[string, Phrase, [string, string], [string, string]]>([
    ['held', (words) => words.held.total, ['1 is held', '2 are held'], ['1 er til', '2 er til']],
    ['left alone', (words) => words.held.left, ['1 was left', '2 were left'], ['avgjort det', 'avgjort dem']],
    [
      'in doubt',
      (words) => words.today.held,
      ['1 notification may have arrived, and waits', '2 notifications may have arrived, and wait '],
      ['1 varsel kan', '2 varsler kan'],
    ],
    [
      'days',
      ({ mentors }) =>
        (n) =>
          mentors.mostIn('3', n),
      ['3 in a day', '3 in 2 days'],
      ['én dag', '2 dager'],
    ],
    [
      'left out',
      (words) => words.rules.preview.misconfigured,
      ['1 mentor is', '2 mentors are'],
      ['1 likeperson er', '2 likepersoner er'],
    ],
  ])('%s', (_, phrase, en, nb) => {
    for (const [language, [one, two]] of [
      ['en', en],
      ['nb', nb],
    ] as const) {
      const say = phrase(wordsOf(language));
      expect([say('1'), say('2')]).toEqual([expect.stringContaining(one), expect.stringContaining(two)]);
    }
  });
});

test('what is deferred to one instant names it once, as it is', () => {
  const said = LANGUAGES.map((language) =>
    wordsOf(language).today.deferredUntil('21. nov. 2026, 08:00', '21. nov. 2026, 08:00'),
  );
  expect(said).toEqual(['21. nov. 2026, 08:00', '21. nov. 2026, 08:00']);
});
