import type { RulePhrases, RuleScope } from '../why.ts';

/** `standardregelen` */
export function ruleOf(scope: RuleScope): string {
  if (scope === 'chapter') return 'lokallagets regel';
  return scope === 'organization' ? 'organisasjonens regel' : 'standardregelen';
}

export const rulesInNorwegian: RulePhrases = {
  countsFrom: (said, scope, date) =>
    `${said}, men ${ruleOf(scope)} teller bare med det som inntreffer fra og med ${date}`,
};
