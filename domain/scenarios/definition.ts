import type { InLanguages } from '../explanation/language.ts';
import type { ExplainWhy, ScenarioWords } from '../explanation/why.ts';

/** Whole minutes. */
export type Minutes = number;

export const LOCALES = ['nb', 'nn', 'en'] as const;
export type Locale = (typeof LOCALES)[number];

export interface MessageText {
  /** 1..{@link MAX_TITLE} characters. */
  title: string;
  /** 1..{@link MAX_BODY} characters. */
  body: string;
}

export const MAX_TITLE = 100;
export const MAX_BODY = 500;

/** Values that a candidate brings for its text, as its scenario's SQL names them. */
export type MessageValues = Readonly<Record<string, string | number>>;

/** An integer of `min`..2 147 483 647. */
export interface IntegerParameter {
  readonly kind: 'integer';
  readonly min: number;
  /** JSON null switches the parameter off. @default false */
  readonly nullable?: boolean;
  readonly default: number | null;
}

/** One or more integers of `min`..2 147 483 647: in strictly ascending order, or different in any order. */
export interface ListParameter {
  readonly kind: 'ascending' | 'distinct';
  readonly min: number;
  /** @default false */
  readonly nullable?: boolean;
  /** The longest list. @default any length */
  readonly maxItems?: number;
  readonly default: readonly number[] | null;
}

/** As data: parameter-schema.ts judges by it in TypeScript, scenario_rule_fault() in the database. */
export type ParameterDeclaration = IntegerParameter | ListParameter;

/** What texts may do with a placeholder: a number has plurals, a date (`YYYY-MM-DD`) is written out for the reader. */
export type PlaceholderKind = 'text' | 'number' | 'date';

/** What the database keeps of a type; see add_scenario_type() in the migrations. */
export interface ScenarioDeclaration {
  /** A rule's parameters by name. `messages` is every type's. */
  readonly parameters: Readonly<Record<string, ParameterDeclaration>>;
  readonly placeholders: readonly { readonly name: string; readonly kind: PlaceholderKind }[];
}

/**
 * All there is to know about a scenario type outside its SQL. A new type is one of these in `domain/scenarios/`, one
 * SELECT in `db/sql/scenarios/`, its tests, and a migration; docs/new-scenario.md goes through it.
 */
export interface ScenarioDefinition<Parameter extends string = string> {
  /** A rule's parameters by name. */
  readonly parameters: Readonly<Record<Parameter, ParameterDeclaration>>;
  /** For people, in every language: its title, and what each of its parameters is. */
  readonly words: InLanguages<ScenarioWords<NoInfer<Parameter>>>;
  /** What texts may name: the keys of `message_values` in the type's SQL. `sample` is for whoever looks at the texts. */
  readonly placeholders: Readonly<Record<string, { readonly kind: PlaceholderKind; readonly sample: string | number }>>;
  /** Of the default rule. 0 = no cooldown. */
  readonly cooldownMinutes: Minutes;
  /** How long the push service may keep trying to reach the device. */
  readonly timeToLiveMinutes: Minutes;
  /** Whether one evaluation of a mentor can end in several notifications of this type. */
  readonly severalPerEvaluation: boolean;
  /** Whether the cap of a delivery policy holds for it. What is sent counts towards the cap in any case. */
  readonly isCapped: boolean;
  /** When its Schedule fires unless configured otherwise. */
  readonly schedule: { readonly cron: string; readonly timezone: string };
  /** In what docs/configuration.md#texts allows of ICU MessageFormat, as a rule's own texts are. */
  readonly messages: Readonly<Record<Locale, MessageText>>;
  /** Says in words, from the facts that the type's SQL gives, why a mentor is due or is not. */
  readonly explain: ExplainWhy;
}

export interface Scenario extends ScenarioDefinition {
  /** What an absent parameter means. A JSON null that the declaration allows is not absent. */
  readonly parameterDefaults: Readonly<Record<string, unknown>>;
}

export function defineScenario<Parameter extends string>(definition: ScenarioDefinition<Parameter>): Scenario {
  const parameters: Readonly<Record<string, ParameterDeclaration>> = definition.parameters;
  const defaults = Object.entries(parameters).map(([name, parameter]) => [name, parameter.default]);
  return { ...definition, parameterDefaults: Object.fromEntries(defaults) as Record<string, unknown> };
}

export function declarationOf({ parameters, placeholders }: Scenario): ScenarioDeclaration {
  return { parameters, placeholders: Object.entries(placeholders).map(([name, { kind }]) => ({ name, kind })) };
}

/** Values to look at a type's texts with. */
export function sampleValues({ placeholders }: Scenario): MessageValues {
  return Object.fromEntries(Object.entries(placeholders).map(([name, { sample }]) => [name, sample]));
}
