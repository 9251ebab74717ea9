import {
  LOCALES,
  MAX_BODY,
  MAX_TITLE,
  type Locale,
  type MessageText,
  type MessageValues,
} from '../domain/scenarios/definition.ts';
import { SCENARIOS, type ScenarioType } from '../domain/scenarios/registry.ts';

const FALLBACK: Locale = 'nb';

/** A rule's own texts, by locale; `{days}` and the like stand for the candidate's values. */
export type RuleMessages = Readonly<Partial<Record<Locale, MessageText>>>;

/** Which of our languages stands for a mentor's: `nn-NO` → nn, `no` → nb, anything not spoken here → nb. */
export function localeFor(tag: string): Locale {
  const language = tag.toLowerCase().split(/[-_]/)[0];
  return LOCALES.find((locale) => locale === language) ?? FALLBACK;
}

/** The text of a notification: the rule's own in the mentor's language, else the scenario's. Never longer than allowed. */
export function messageText(
  scenarioType: ScenarioType,
  locale: string,
  values: MessageValues,
  ruleMessages: RuleMessages | null = null,
): MessageText {
  const language = localeFor(locale);
  const own = ruleMessages?.[language];
  const { title, body } = own
    ? { title: fillIn(own.title, values), body: fillIn(own.body, values) }
    : SCENARIOS[scenarioType].messages[language](values);
  return { title: clip(title, MAX_TITLE), body: clip(body, MAX_BODY) };
}

/** A name that the candidate has no value for stays, so that a preview shows the mistake. */
function fillIn(template: string, values: MessageValues): string {
  return template.replaceAll(/\{([a-z_]+)\}/g, (place, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : place,
  );
}

/** By characters as people count them: half a surrogate pair would not be valid text. */
function clip(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
