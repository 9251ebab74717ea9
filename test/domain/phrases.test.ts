import { describe, expect, test } from '@jest/globals';
import { globSync } from 'node:fs';
import { LANGUAGES } from '../../domain/explanation/language.ts';
import {
  CLAIM_STATES,
  claimStateInWords,
  setAsideInWords,
  verdictInWords,
  type Verdict,
} from '../../domain/explanation/states.ts';
import { waitInWords } from '../../domain/explanation/wait.ts';

/** What reads the same in both languages, and may. */
const THE_SAME: readonly string[] = [];

const FILES = globSync('*.ts', { cwd: 'domain/explanation/en' }).toSorted();

/** Every phrase of a module by its path; a function by its source. */
function phrasesOf(value: unknown, path: string): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, Function.prototype.toString.call(value)]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => phrasesOf(each, path === '' ? key : `${path}.${key}`));
}

async function phrasesIn(language: string, file: string): Promise<Map<string, string>> {
  const module = (await import(`../../domain/explanation/${language}/${file}`)) as Record<string, unknown>;
  return new Map(
    Object.entries(module).flatMap(([name, value]) => phrasesOf(value, name.replace(/In(English|Norwegian)$/, ''))),
  );
}

test('each language has the same files', () => {
  expect(FILES.length).toBeGreaterThan(8);
  expect(globSync('*.ts', { cwd: 'domain/explanation/nb' }).toSorted()).toEqual(FILES);
});

describe.each(FILES)('in %s', (file) => {
  test('no phrase of Norwegian is the English one', async () => {
    const [en, nb] = [await phrasesIn('en', file), await phrasesIn('nb', file)];
    expect(en.size).toBeGreaterThan(0);
    const same = [...nb].filter(([path, phrase]) => en.get(path) === phrase).map(([path]) => path);
    expect(same.filter((path) => !THE_SAME.includes(path))).toEqual([]);
  });

  test('no Norwegian phrase has an English word', async () => {
    const english = /\b(the|their|they|them|when|told|waits?|next|until|been|and|not|with|which|after|today|days?)\b/i;
    const found = [...(await phrasesIn('nb', file))]
      // Names within the placeholders of a function are code.
      .map(([path, phrase]): [string, string] => [path, /^(function |\()/.test(phrase) ? textOf(phrase) : phrase])
      .filter(([, phrase]) => english.test(phrase));
    expect(found.map(([path]) => path)).toEqual([]);
  });
});

/** What a function says by itself: the text of its templates, without what they put in. */
function textOf(source: string): string {
  const templates = [...source.matchAll(/`([^`]*)`|'([^']*)'/g)].map(([, template, text]) => template ?? text ?? '');
  return templates.join(' ').replaceAll(/\$\{[^}]*\}?/g, ' ');
}

describe('in a word or two', () => {
  test.each<[Verdict, string, string]>([
    ['send', 'due', 'skal varsles'],
    ['suppressed', 'due, but not told', 'aktuell, men varsles ikke'],
    ['not_due', 'not due', 'ikke aktuell'],
    ['off', 'off', 'slått av'],
  ])('the verdict %s is %s', (verdict, en, nb) => {
    expect(LANGUAGES.map((language) => verdictInWords(verdict, language))).toEqual([en, nb]);
  });

  test('each state of a claim has words, and one that is not known stays as it is', () => {
    expect(CLAIM_STATES.map((state) => claimStateInWords(state, 'en'))).toEqual([
      'claimed, not sent yet',
      'may have arrived, and is tried again',
      'sent',
      'may have arrived, and an operator decides',
      'not sent',
    ]);
    expect(CLAIM_STATES.map((state) => claimStateInWords(state, 'nb'))).toEqual([
      'klargjort, ikke sendt ennå',
      'kan ha kommet fram, og prøves igjen',
      'sendt',
      'kan ha kommet fram, og en driftsansvarlig avgjør det',
      'ikke sendt',
    ]);
    for (const language of LANGUAGES) expect(claimStateInWords('null', language)).toBe('null');
  });

  test.each([
    [true, '57014', 'this mentor, which took too long', 'denne likepersonen, fordi vurderingen tok for lang tid'],
    [
      false,
      '22003',
      'everybody under this rule, which failed with SQLSTATE 22003',
      'alle under denne regelen, fordi vurderingen feilet med SQLSTATE 22003',
    ],
  ])('a mentor was left out (alone: %j, %s)', (isAlone, sqlstate, en, nb) => {
    expect(LANGUAGES.map((language) => setAsideInWords({ isAlone, sqlstate }, language))).toEqual([
      `a sweep evaluated all but ${en}`,
      `en gjennomgang hoppet over ${nb}`,
    ]);
  });

  test('what waits for nobody knows how long waits for later', () => {
    const wait = { for: 'hours', until: null, reason: null } as const;
    expect(LANGUAGES.map((language) => waitInWords(wait, language, String))).toEqual([
      'their hours begin later',
      'varslingstiden begynner senere',
    ]);
  });
});
