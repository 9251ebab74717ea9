import { inactivityInEnglish } from './en/inactivity.ts';
import type { InLanguages } from './language.ts';
import { inactivityInNorwegian } from './nb/inactivity.ts';
import { countsFrom, explainIn, numberOf, type RuleScope, type ScenarioWords, type Why } from './why.ts';

export interface InactivityWords extends ScenarioWords<'inactive_days' | 'max_reminders'> {
  readonly nobodyKnows: Why;
  readonly lastActive: (days: number) => string;
  readonly joined: (days: number) => string;
  /** `last`: as {@link lastActive} or {@link joined}. */
  readonly remindedEnough: (last: string, times: number, scope: RuleScope, most: number) => string;
  readonly waits: (last: string, scope: RuleScope, days: number) => string;
  readonly untilActiveAgain: string;
}

export const inactivityWords: InLanguages<InactivityWords> = { en: inactivityInEnglish, nb: inactivityInNorwegian };

export const whyInactive = explainIn(inactivityWords, (say, [potential], context) => {
  const facts = potential?.facts ?? {};
  const days = numberOf(facts['days_since_last_activity']);
  const waits = numberOf(facts['inactive_days']);
  if (!potential || days === null || waits === null) return say.nobodyKnows;
  const last = context.hasBeenActive ? say.lastActive(days) : say.joined(days);
  const until = say.untilActiveAgain;
  const reminders = numberOf(facts['reminders_since_last_activity']) ?? 0;
  const most = numberOf(facts['max_reminders']);
  if (most !== null && reminders >= most)
    return { why: say.remindedEnough(last, reminders, context.scope, most), until };
  if (!potential.due && potential.due_at === null && context.startsOn !== null)
    return { why: countsFrom(last, context, context.startsOn), until };
  return { why: say.waits(last, context.scope, waits), until: null };
});
