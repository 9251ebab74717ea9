import type { InactivityWords } from '../inactivity.ts';
import { ago, count } from './amounts.ts';
import { ruleOf } from './rules.ts';

export const inactivityInEnglish: InactivityWords = {
  title: 'Inactivity',
  parameters: {
    inactive_days: {
      label: 'Days without activity',
      help: 'A reminder is due when so many days have passed since the last activity, or since they joined if there is none.',
    },
    max_reminders: {
      label: 'Most reminders',
      help: 'After so many reminders they are left alone until they are active again. Empty: no limit.',
    },
  },
  nobodyKnows: { why: 'nobody knows when they joined or were last active', until: 'they are active' },
  lastActive: (days) => `last active ${ago(days)}`,
  joined: (days) => `joined ${ago(days)} and not active since`,
  remindedEnough: (last, times, scope, most) =>
    `${last}, and reminded ${count(times, 'time')} since; ${ruleOf(scope)} allows ${most}`,
  waits: (last, scope, days) => `${last}, ${ruleOf(scope)} waits for ${days}`,
  untilActiveAgain: 'they have been active again',
};
