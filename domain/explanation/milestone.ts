import { milestoneInEnglish } from './en/milestone.ts';
import type { InLanguages } from './language.ts';
import { milestoneInNorwegian } from './nb/milestone.ts';
import {
  countsFrom,
  explainIn,
  numberOf,
  numbersOf,
  type Potential,
  type RuleScope,
  type ScenarioWords,
} from './why.ts';

export interface MilestoneWords extends ScenarioWords<'thresholds' | 'summary_max_age_hours'> {
  readonly held: (sessions: number, year: string) => string;
  /** `held`: as {@link held}. `thresholds`: one at least. */
  readonly reached: (held: string, thresholds: readonly string[]) => string;
  readonly nextIs: (held: string, scope: RuleScope, threshold: number) => string;
  readonly noneBeyond: (held: string, scope: RuleScope, threshold: number) => string;
  readonly untilHeld: (sessions: number) => string;
  readonly untilNewYear: string;
}

export const milestoneWords: InLanguages<MilestoneWords> = { en: milestoneInEnglish, nb: milestoneInNorwegian };

export const whyMilestone = explainIn(milestoneWords, (say, potential, context) => {
  const facts = potential[0]?.facts ?? {};
  const sessions = numberOf(facts['sessions']) ?? 0;
  const thresholds = numbersOf(facts['thresholds']);
  const held = say.held(sessions, String(facts['year']));
  const due = potential.filter((each) => each.due).map(thresholdOf);
  if (due.length > 0) return { why: say.reached(held, due), until: null };
  const next = thresholds.find((threshold) => threshold > sessions);
  const until = next === undefined ? say.untilNewYear : say.untilHeld(next);
  const told = new Set(numbersOf(facts['thresholds_told']));
  const untold = thresholds.filter((threshold) => threshold <= sessions && !told.has(threshold));
  if (untold.length > 0 && context.startsOn !== null)
    return { why: countsFrom(held, context, context.startsOn), until };
  if (next !== undefined) return { why: say.nextIs(held, context.scope, next), until };
  return { why: say.noneBeyond(held, context.scope, thresholds.at(-1) ?? 0), until };
});

/** Of the occurrence `{year}:{threshold}`. */
function thresholdOf({ occurrence }: Potential): string {
  return occurrence.split(':')[1] ?? occurrence;
}
