import type { ProposedRule } from '../../../db/evaluation-request.ts';
import type { RuleFault } from '../../../db/rule-faults.ts';
import { scopeKey, type Scope } from '../../../db/rule-scopes.ts';
import { LOCALES, type ParameterDeclaration } from '../../../domain/scenarios/definition.ts';
import { parameterSchema } from '../../../domain/scenarios/parameter-schema.ts';
import { SCENARIOS, type ScenarioType } from '../../../domain/scenarios/registry.ts';
import type { Language } from '../../../domain/explanation/language.ts';
import type { ParameterWords } from '../../../domain/explanation/why.ts';
import type { Words } from '../../words/en.ts';

/** What stands in a form, by field: as it was typed. */
export type Values = Readonly<Record<string, string>>;
/** What is wrong with a field, in words. */
export type Faults = Readonly<Record<string, string>>;

export const UNITS = { days: 24 * 60, hours: 60, minutes: 1 } as const;
export type Unit = keyof typeof UNITS;

const PARTS = ['title', 'body'] as const;
const MOST = 2_147_483_647;

export function parametersOf(type: ScenarioType): [string, ParameterDeclaration][] {
  return Object.entries(SCENARIOS[type].parameters);
}

export const textField = (locale: string, part: string): string => `messages.${locale}.${part}`;

/** The largest unit in which it is a whole number. */
export function inUnit(minutes: number): { amount: number; unit: Unit } {
  const unit = (Object.keys(UNITS) as Unit[]).find((each) => minutes % UNITS[each] === 0)!;
  return { amount: minutes / UNITS[unit], unit };
}

/** What people call a parameter, and what it does. */
export function wordsOf(type: ScenarioType, name: string, language: Language): ParameterWords {
  const known: Readonly<Record<string, ParameterWords>> = SCENARIOS[type].words[language].parameters;
  return known[name] ?? { label: name.replaceAll('_', ' '), help: '' };
}

/** A rule as its form shows it: what is absent from its parameters has its default, and null stays empty. */
export function valuesOf(rule: ProposedRule): Values {
  const { amount, unit } = inUnit(rule.cooldown_minutes);
  const values: Record<string, string> = {
    enabled: rule.enabled ? 'on' : '',
    cooldown: String(amount),
    cooldown_unit: unit,
    on_unknown: rule.on_unknown,
    starts_on: rule.starts_on ?? '',
    link: typeof rule.parameters['link'] === 'string' ? rule.parameters['link'] : '',
  };
  for (const [name, declaration] of parametersOf(rule.scenario_type)) {
    const value = Object.hasOwn(rule.parameters, name) ? rule.parameters[name] : declaration.default;
    values[name] = value === null ? '' : shown(value);
  }
  const messages = rule.parameters['messages'] as
    Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  for (const locale of LOCALES)
    for (const part of PARTS) values[textField(locale, part)] = shown(messages?.[locale]?.[part] ?? '');
  return values;
}

/** A parameter as it is typed: lists with commas. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The rule that a form means, and what is wrong with it as far as can be said without the database. */
export function readRule(
  type: ScenarioType,
  scope: Scope,
  values: Values,
  words: Words,
): { rule: ProposedRule; faults: Faults } {
  const { faults: say } = words.rules;
  const faults: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) if (value.includes('\0')) faults[name] = say.nul;

  const unit = UNITS[(values['cooldown_unit'] ?? '') as Unit] ?? null;
  const cooldown_minutes = wholeNumber(values['cooldown'] ?? '') * (unit ?? 1);
  if (unit === null) faults['cooldown_unit'] = say.choice;
  if (!(cooldown_minutes >= 0 && cooldown_minutes <= MOST)) faults['cooldown'] = say.cooldown;
  const on_unknown = values['on_unknown'] ?? '';
  if (on_unknown !== 'resend' && on_unknown !== 'hold') faults['on_unknown'] = say.choice;
  const starts_on = values['starts_on'] || null;
  if (starts_on !== null && !isDate(starts_on)) faults['starts_on'] = say.date;

  const parameters = readParameters(type, values);
  for (const issue of parameterSchema(SCENARIOS[type]).safeParse(parameters).error?.issues ?? []) {
    const name = String(issue.path[0]);
    const declared = SCENARIOS[type].parameters as Readonly<Record<string, ParameterDeclaration>>;
    if (declared[name]) faults[name] = words.rules.expected(declared[name]);
  }
  const rule = {
    ...scopeKey(scope),
    scenario_type: type,
    enabled: values['enabled'] === 'on',
    cooldown_minutes,
    on_unknown: on_unknown as ProposedRule['on_unknown'],
    starts_on,
    parameters,
  };
  return { rule, faults };
}

function readParameters(type: ScenarioType, values: Values): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const [name, declaration] of parametersOf(type)) {
    const typed = (values[name] ?? '').trim();
    if (typed !== '') parameters[name] = declaration.kind === 'integer' ? number(typed) : numbers(typed);
    else if (declaration.nullable) parameters[name] = null;
  }
  const link = (values['link'] ?? '').trim();
  if (link !== '') parameters['link'] = link;
  const messages = messagesOf(values);
  if (messages) parameters['messages'] = messages;
  return parameters;
}

/** The texts that a form has, if it has any. */
export function messagesOf(values: Values): Record<string, Record<string, string>> | null {
  const texts = LOCALES.map((locale) => [
    locale,
    // Browsers send a line's end as two characters.
    Object.fromEntries(PARTS.map((part) => [part, (values[textField(locale, part)] ?? '').replaceAll('\r\n', '\n')])),
  ]);
  const messages = Object.fromEntries(texts) as Record<string, Record<string, string>>;
  return Object.values(messages).some((text) => PARTS.some((part) => text[part]!.trim() !== '')) ? messages : null;
}

/** What the database said, at its field and in the reader's language. */
export function inWords(type: ScenarioType, faults: readonly RuleFault[], words: Words): Faults {
  const declared = SCENARIOS[type].parameters as Readonly<Record<string, ParameterDeclaration>>;
  return Object.fromEntries(
    faults.map(({ field, fault }) => {
      if (declared[field]) return [field, words.rules.expected(declared[field])];
      if (field === 'link') return [field, words.rules.linkFault];
      return [field, words.rules.textFault(fault)];
    }),
  );
}

const number = (typed: string): number | string => (Number.isNaN(wholeNumber(typed)) ? typed : wholeNumber(typed));
const numbers = (typed: string): (number | string)[] =>
  typed
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(number);
const wholeNumber = (typed: string): number => (/^\s*\d{1,15}\s*$/.test(typed) ? Number(typed) : NaN);

export function isDate(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d\d-\d\d$/.test(text) &&
    !Number.isNaN(at.getTime()) &&
    at.toISOString().startsWith(text) &&
    text >= '2000-01-01' &&
    text <= '2100-12-31'
  );
}
