/** What explanations and pages are written in. The texts that mentors get have more languages: `LOCALES`. */
export const LANGUAGES = ['en', 'nb'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Something in every language: one that lacks a language does not compile. */
export type InLanguages<T> = Readonly<Record<Language, T>>;
