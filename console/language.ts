import { accepts } from 'hono/accepts';
import { getCookie } from 'hono/cookie';
import { LANGUAGES, type Language } from '../domain/explanation/language.ts';
import type { ConsoleContext } from './env.ts';
import { en, type Words } from './words/en.ts';
import { nb } from './words/nb.ts';

export const LANGUAGE_COOKIE = 'console_language';

const WORDS: Readonly<Record<Language, Words>> = { en, nb };

export function isLanguage(text: string | undefined): text is Language {
  return LANGUAGES.includes(text as Language);
}

export function wordsOf(language: Language): Words {
  return WORDS[language];
}

/** As the reader has chosen, else as their browser asks: Norwegian of any kind is bokmål, all others are English. */
export function languageOf(c: ConsoleContext): Language {
  const chosen = getCookie(c, LANGUAGE_COOKIE);
  if (isLanguage(chosen)) return chosen;
  return accepts(c, {
    header: 'Accept-Language',
    supports: [...LANGUAGES],
    default: 'en',
    match: (wanted) => {
      const [first] = wanted
        .filter(({ q }) => q > 0)
        .toSorted((a, b) => b.q - a.q)
        .map(({ type }) => type.toLowerCase())
        .flatMap((type) => (/^(nb|nn|no)\b/.test(type) ? ['nb'] : /^en\b/.test(type) ? ['en'] : []));
      return first ?? 'en';
    },
  }) as Language;
}
