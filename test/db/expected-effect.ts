import type { EffectCell, UntoldReason } from '../../db/effect.ts';
import { DAY } from '../../domain/durations.ts';

export interface SilentMentor {
  readonly organizationId: string | null;
  readonly ruleId: string;
  readonly inactiveDays: number;
  readonly joinedOn: string;
  /** Dates in their order. */
  readonly activities: readonly string[];
  /** Evaluation dates of reminders, in their order. */
  readonly records: readonly string[];
  /** Why they are not told where they are not. */
  readonly untold: UntoldReason;
}

interface World {
  /** Dates in their order. */
  readonly sweeps: readonly string[];
  readonly since: string;
  readonly today: string;
  readonly withinDays: number;
}

/** What db/sql/effect-of-inactivity.sql counts, mentor by mentor and day by day. */
export function expectedCells(mentors: readonly SilentMentor[], world: World): EffectCell[] {
  const cells = new Map<string, { -readonly [Key in keyof EffectCell]: EffectCell[Key] }>();
  for (const mentor of mentors) {
    for (const { date, isTold } of [...reminders(mentor), ...silences(mentor, world)]) {
      if (date < world.since) continue;
      const cell = {
        // The factory's records name no rule.
        scenario_rule_id: isTold ? null : mentor.ruleId,
        organization_id: mentor.organizationId,
        month: date.slice(0, 7),
        reason: isTold ? null : mentor.untold,
      };
      const key = JSON.stringify(cell);
      const counted = cells.get(key) ?? { ...cell, people: 0, active_again: 0, waiting: 0 };
      cells.set(key, counted);
      if (days(date, world.today) <= world.withinDays) counted.waiting++;
      else {
        counted.people++;
        const wasActive = mentor.activities.some((on) => on >= date && days(date, on) <= world.withinDays);
        if (wasActive) counted.active_again++;
      }
    }
  }
  return [...cells.values()];
}

/** The first of each silence: no reminder before it without an activity since. */
function reminders({ records, activities }: SilentMentor) {
  return records
    .filter((date, i) => i === 0 || activities.some((on) => on >= records[i - 1]! && on < date))
    .map((date) => ({ date, isTold: true }));
}

/** The first sweep of each silence for which they were due, where no reminder came within it. */
function silences({ activities, joinedOn, inactiveDays, records }: SilentMentor, { sweeps, today }: World) {
  const found: { date: string; isTold: boolean }[] = [];
  const starts = activities[0] === undefined || joinedOn < activities[0] ? [joinedOn, ...activities] : activities;
  for (const [i, start] of starts.entries()) {
    const end = starts[i + 1];
    const first = sweeps.find((date) => date <= today && days(start, date) >= inactiveDays);
    if (first === undefined || (end !== undefined && first > end)) continue;
    const isTold = records.some((date) => date > start && (end === undefined || date <= end));
    if (!isTold) found.push({ date: first, isTold: false });
  }
  return found;
}

function days(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY;
}
