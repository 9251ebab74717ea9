import { LOCALES, type Locale, type MessageText, type MessageValues } from '../domain/scenarios/definition.ts';
import { SCENARIOS, type ScenarioType } from '../domain/scenarios/registry.ts';

const FALLBACK: Locale = 'nb';

/** What her language is written in here: `nn-NO` → nn, `no` → nb, anything not spoken here → nb. */
export function localeFor(tag: string): Locale {
  const language = tag.toLowerCase().split(/[-_]/)[0];
  return LOCALES.find((locale) => locale === language) ?? FALLBACK;
}

export function messageText(scenarioType: ScenarioType, locale: string, values: MessageValues): MessageText {
  return SCENARIOS[scenarioType].messages[localeFor(locale)](values);
}
