import { count, list } from './amounts.ts';
import { countsFrom, numberOf, numbersOf, type Potential, type Why, type WhyContext } from './why.ts';

export function whyMilestone(potential: readonly Potential[], context: WhyContext): Why {
  const facts = potential[0]?.facts ?? {};
  const sessions = numberOf(facts['sessions']) ?? 0;
  const thresholds = numbersOf(facts['thresholds']);
  const held = `${count(sessions, 'session')} in ${String(facts['year'])}`;
  const due = potential.filter((each) => each.due).map(thresholdOf);
  if (due.length > 0)
    return { why: `${held}; ${list(due)} ${due.length === 1 ? 'has' : 'have'} been reached`, until: null };
  const next = thresholds.find((threshold) => threshold > sessions);
  const until = next === undefined ? 'a new year has its first milestone' : `they have held ${count(next, 'session')}`;
  const told = new Set(numbersOf(facts['thresholds_told']));
  const untold = thresholds.filter((threshold) => threshold <= sessions && !told.has(threshold));
  if (untold.length > 0 && context.startsOn !== null)
    return { why: `${held}; ${countsFrom(context, context.startsOn)}`, until };
  if (next !== undefined) return { why: `${held}, the next milestone of ${context.rule} is ${next}`, until };
  return { why: `${held}, and ${context.rule} has no milestone beyond ${thresholds.at(-1) ?? 0}`, until };
}

/** Of the occurrence `{year}:{threshold}`. */
function thresholdOf({ occurrence }: Potential): string {
  return occurrence.split(':')[1] ?? occurrence;
}
