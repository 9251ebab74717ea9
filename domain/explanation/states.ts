import type { ScenarioAccount } from './account.ts';
import { statesInEnglish } from './en/states.ts';
import type { InLanguages, Language } from './language.ts';
import { statesInNorwegian } from './nb/states.ts';

export type Verdict = ScenarioAccount['verdict'];

export const CLAIM_STATES = ['open', 'unknown', 'sent', 'held', 'released'] as const;
export type ClaimState = (typeof CLAIM_STATES)[number];

/** Of a mentor, or of everybody under a rule: how a sweep came to leave them out. */
export interface SetAside {
  readonly isAlone: boolean;
  readonly sqlstate: string;
}

export interface StatePhrases {
  readonly verdicts: Readonly<Record<Verdict, string>>;
  /** Of a notification. */
  readonly claims: Readonly<Record<ClaimState, string>>;
  /** `sqlstate`: null: it took too long. */
  readonly setAside: (isAlone: boolean, sqlstate: string | null) => string;
}

const PHRASES: InLanguages<StatePhrases> = { en: statesInEnglish, nb: statesInNorwegian };

/** Of PostgreSQL: the evaluation was cancelled because it took too long. */
const TOOK_TOO_LONG = '57014';

/** In a word or two, for a table or a heading: `due`. */
export function verdictInWords(verdict: Verdict, language: Language): string {
  return PHRASES[language].verdicts[verdict];
}

/** `claimed, not sent yet`. A state that is not known stays as it is. */
export function claimStateInWords(state: string, language: Language): string {
  const { claims } = PHRASES[language];
  return Object.hasOwn(claims, state) ? claims[state as ClaimState] : state;
}

/** `a sweep evaluated all but this mentor, which took too long` */
export function setAsideInWords({ isAlone, sqlstate }: SetAside, language: Language): string {
  return PHRASES[language].setAside(isAlone, sqlstate === TOOK_TOO_LONG ? null : sqlstate);
}
