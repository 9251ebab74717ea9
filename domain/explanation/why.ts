import type { RuleInForce } from './account.ts';
import { rulesInEnglish } from './en/rules.ts';
import type { InLanguages } from './language.ts';
import { rulesInNorwegian } from './nb/rules.ts';
import type { Clock } from './when.ts';

/** One notification that there could be, as `explain` finds it. */
export interface Potential {
  readonly occurrence: string;
  readonly due: boolean;
  /** ISO instant at which it becomes due if nothing changes; null: nobody can say. */
  readonly due_at: string | null;
  /** As the scenario's SELECT names them. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Whose rule it is. */
export type RuleScope = RuleInForce['scope'];

export interface WhyContext {
  readonly scope: RuleScope;
  /** `YYYY-MM-DD` */
  readonly startsOn: string | null;
  /** Whether the mentor has ever registered an activity. */
  readonly hasBeenActive: boolean;
  /** Writes in the language of the explanation. */
  readonly clock: Clock;
}

/** Halves of a sentence about a mentor who stays unnamed. */
export interface Why {
  /** `last active 13 days ago, the default rule waits for 30` */
  readonly why: string;
  /** What has to happen before they are due, where no date says when: `they are active again`. */
  readonly until: string | null;
}

/** Why a mentor is due, or is not, from what the scenario's SELECT says about them. */
export type ExplainWhy = (potential: readonly Potential[], context: WhyContext) => Why;

/** A parameter for whoever fills in the form of a rule. */
export interface ParameterWords {
  /** A few words, without a full stop. */
  readonly label: string;
  /** A sentence or two: what it does, and what null means where it may be null. */
  readonly help: string;
}

/** How one language speaks of a scenario type; each type adds the phrases that it needs to say why. */
export interface ScenarioWords<Parameter extends string = string> {
  readonly title: string;
  readonly parameters: Readonly<Record<Parameter, ParameterWords>>;
}

/** The decision is written once, and the words of each language are handed to it. */
export function explainIn<Words>(
  words: InLanguages<Words>,
  decide: (say: Words, potential: readonly Potential[], context: WhyContext) => Why,
): ExplainWhy {
  return (potential, context) => decide(words[context.clock.language], potential, context);
}

export interface RulePhrases {
  /** `said`: what is so, but arose before the rule's `starts_on`, which is written as `date`. */
  readonly countsFrom: (said: string, scope: RuleScope, date: string) => string;
}

const RULES: InLanguages<RulePhrases> = { en: rulesInEnglish, nb: rulesInNorwegian };

/** `49 sessions in 2026; the default rule counts only what arises from 20 November on` */
export function countsFrom(said: string, { scope, clock }: WhyContext, startsOn: string): string {
  return RULES[clock.language].countsFrom(said, scope, clock.date(startsOn));
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

export function numbersOf(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'number') : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
