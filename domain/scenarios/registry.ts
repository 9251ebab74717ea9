import type { Scenario } from './definition.ts';
import { certificationExpiry } from './certification-expiry.ts';
import { inactivity } from './inactivity.ts';
import { milestone } from './milestone.ts';
import { welcomeBack } from './welcome-back.ts';

/** Every scenario type, by the name that tables, commands and workflow ids use. */
export const SCENARIOS = {
  inactivity,
  milestone,
  certification_expiry: certificationExpiry,
  welcome_back: welcomeBack,
} as const satisfies Record<string, Scenario>;

export type ScenarioType = keyof typeof SCENARIOS;

export const SCENARIO_TYPES = Object.keys(SCENARIOS) as ScenarioType[];

export function isScenarioType(text: string): text is ScenarioType {
  return Object.hasOwn(SCENARIOS, text);
}
