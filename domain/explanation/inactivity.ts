import { ago, count } from './amounts.ts';
import { countsFrom, numberOf, type Potential, type Why, type WhyContext } from './why.ts';

export function whyInactive([potential]: readonly Potential[], context: WhyContext): Why {
  const facts = potential?.facts ?? {};
  const days = numberOf(facts['days_since_last_activity']);
  const waits = numberOf(facts['inactive_days']);
  if (!potential || days === null || waits === null)
    return { why: 'nobody knows when they joined or were last active', until: 'they are active' };
  const last = context.hasBeenActive ? `last active ${ago(days)}` : `joined ${ago(days)} and not active since`;
  const until = 'they have been active again';
  const reminders = numberOf(facts['reminders_since_last_activity']) ?? 0;
  const most = numberOf(facts['max_reminders']);
  if (most !== null && reminders >= most)
    return { why: `${last}, and reminded ${count(reminders, 'time')} since; ${context.rule} allows ${most}`, until };
  if (!potential.due && potential.due_at === null && context.startsOn !== null)
    return { why: `${last}; ${countsFrom(context, context.startsOn)}`, until };
  return { why: `${last}, ${context.rule} waits for ${waits}`, until: null };
}
