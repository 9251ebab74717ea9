import {
  LOCALES,
  MAX_BODY,
  MAX_TITLE,
  type Locale,
  type MessageText,
  type MessageValues,
} from '../domain/scenarios/definition.ts';
import { SCENARIOS, type ScenarioType } from '../domain/scenarios/registry.ts';
import { formatMessage } from './message-format.ts';

const FALLBACK: Locale = 'nb';

/** A rule's own texts, by locale; `{days}` and the like stand for the candidate's values. */
export type RuleMessages = Readonly<Partial<Record<Locale, MessageText>>>;

/** A text to send, and why it is not the rule's own although the rule has one. */
export interface ChosenText {
  readonly text: MessageText;
  /** Which of them, and a code: `body: EXPECT_ARGUMENT_CLOSING_BRACE`. Null where nothing is wrong. */
  readonly fault: string | null;
}

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
  return chooseText(scenarioType, localeFor(locale), values, ruleMessages).text;
}

/**
 * The same, and what is wrong with the rule's own. The database refuses a rule whose texts cannot be formatted, but an
 * older one may be there: then the scenario's text is sent, for a mentor is not to be missed for it.
 */
export function chooseText(
  scenarioType: ScenarioType,
  language: Locale,
  values: MessageValues,
  ruleMessages: RuleMessages | null,
): ChosenText {
  const own = ruleMessages?.[language];
  if (!own) return { text: builtIn(scenarioType, language, values), fault: null };
  const { text, fault } = write(scenarioType, language, values, own);
  return text ? { text, fault } : { text: builtIn(scenarioType, language, values), fault };
}

function builtIn(scenarioType: ScenarioType, language: Locale, values: MessageValues): MessageText {
  const { text, fault } = write(scenarioType, language, values, SCENARIOS[scenarioType].messages[language]);
  if (!text) throw new TypeError(`the text of ${scenarioType} in ${language} cannot be written: ${fault}`);
  return text;
}

function write(
  scenarioType: ScenarioType,
  language: Locale,
  values: MessageValues,
  written: MessageText,
): { text: MessageText; fault: null } | { text: null; fault: string } {
  const { placeholders } = SCENARIOS[scenarioType];
  const title = formatMessage(written.title, language, values, placeholders);
  const body = formatMessage(written.body, language, values, placeholders);
  if (!title.text?.trim()) return { text: null, fault: `title: ${title.fault ?? 'EMPTY'}` };
  if (!body.text?.trim()) return { text: null, fault: `body: ${body.fault ?? 'EMPTY'}` };
  return { text: { title: clip(title.text, MAX_TITLE), body: clip(body.text, MAX_BODY) }, fault: null };
}

/** By characters as people count them: half a surrogate pair would not be valid text. */
function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
