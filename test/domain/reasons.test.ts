import { describe, expect, test } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { LANGUAGES } from '../../domain/explanation/language.ts';
import { FAILURE_CODES, failureInWords, OFF_REASONS, reasonInWords } from '../../domain/explanation/reasons.ts';
import { SUPPRESSION_REASONS } from '../../domain/suppression.ts';

describe.each([
  ['a reason', [...SUPPRESSION_REASONS, ...OFF_REASONS], reasonInWords],
  ['a failure', FAILURE_CODES, failureInWords],
] as const)('%s', (_, known, inWords) => {
  test.each(LANGUAGES)('has words of its own in %s', (language) => {
    const words = known.map((each) => inWords(each, language));
    expect(words).toEqual(known.map(() => expect.stringMatching(/^\p{Ll}[^_]*[^.;]$/u)));
    expect(new Set(words).size).toBe(known.length);
  });

  test('reads differently in each language', () => {
    expect(known.filter((each) => inWords(each, 'en') === inWords(each, 'nb'))).toEqual([]);
  });

  test.each(['messaging/new-in-2030', 'toString', ''])('that is not known, %j, stays as it is', (unknown) => {
    for (const language of LANGUAGES) expect(inWords(unknown, language)).toBe(unknown);
  });
});

test('every code that the sources give a failure has words', () => {
  const named = globSync('{push,activities,db}/**/*.{ts,sql}').flatMap((file) => [
    ...(readFileSync(file, 'utf8').match(
      /(?<=')(messaging\/[a-z-]+|app\/[a-z-]+|not_attempted|holder_lost|not_seen_for_\w+)(?=')/g,
    ) ?? []),
  ]);
  const all = new Set(named);
  expect(all.size).toBeGreaterThan(10);
  expect([...all].filter((code) => !(FAILURE_CODES as readonly string[]).includes(code))).toEqual([]);
});
