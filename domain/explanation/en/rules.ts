import type { RulePhrases, RuleScope } from '../why.ts';

/** `the default rule` */
export function ruleOf(scope: RuleScope): string {
  if (scope === 'chapter') return "their chapter's rule";
  return scope === 'organization' ? "their organisation's rule" : 'the default rule';
}

export const rulesInEnglish: RulePhrases = {
  countsFrom: (said, scope, date) => `${said}; ${ruleOf(scope)} counts only what arises from ${date} on`,
};
