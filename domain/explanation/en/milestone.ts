import type { MilestoneWords } from '../milestone.ts';
import { count, list } from './amounts.ts';
import { ruleOf } from './rules.ts';

export const milestoneInEnglish: MilestoneWords = {
  title: 'Milestone',
  parameters: {
    thresholds: {
      label: 'Milestones',
      help: 'Numbers of sessions in a calendar year, in ascending order. Each is notified once a year.',
    },
    summary_max_age_hours: {
      label: 'Greatest age of the annual summary, in hours',
      help: "If the year's summary is older, the activities are counted instead. Empty: a summary of any age counts.",
    },
  },
  held: (sessions, year) => `${count(sessions, 'session')} in ${year}`,
  reached: (held, thresholds) =>
    `${held}; ${list(thresholds)} ${thresholds.length === 1 ? 'has' : 'have'} been reached`,
  nextIs: (held, scope, threshold) => `${held}, the next milestone of ${ruleOf(scope)} is ${threshold}`,
  noneBeyond: (held, scope, threshold) => `${held}, and ${ruleOf(scope)} has no milestone beyond ${threshold}`,
  untilHeld: (sessions) => `they have held ${count(sessions, 'session')}`,
  untilNewYear: 'a new year has its first milestone',
};
