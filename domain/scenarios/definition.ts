import type { ZodType } from 'zod';

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

/**
 * All there is to know about a scenario type outside its SQL. A new type is one of these in
 * `domain/scenarios/`, one SELECT in `db/sql/scenarios/`, its tests, and a migration that widens the CHECKs.
 */
export interface ScenarioDefinition {
  /** For people: the Web UI, tables, help. */
  readonly title: string;
  /** The rule's parameters as the database accepts them; see scenario_rule_fault in the migrations. */
  readonly parameters: ZodType<Readonly<Record<string, unknown>>>;
  /** What an absent parameter means. A JSON null that the schema allows is not absent. */
  readonly parameterDefaults: Readonly<Record<string, unknown>>;
  /** Of the default rule. 0 = no cooldown. */
  readonly cooldownMinutes: Minutes;
  /** How long the push service may keep trying to reach the device. */
  readonly timeToLiveMinutes: Minutes;
  /** Whether one evaluation of a mentor can end in several notifications of this type. */
  readonly severalPerEvaluation: boolean;
  /** When its Schedule fires unless configured otherwise. */
  readonly schedule: { readonly cron: string; readonly timezone: string };
  readonly messages: Readonly<Record<Locale, (values: MessageValues) => MessageText>>;
}
