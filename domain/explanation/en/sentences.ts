import type { SentencePhrases } from '../sentence-phrases.ts';
import { count, minutesInWords } from './amounts.ts';
import { ruleOf } from './rules.ts';
import { waitsInEnglish } from './waits.ts';

export const sentencesInEnglish: SentencePhrases = {
  notTold: (why, next) => `Not told: ${why}${next === null ? '' : `; ${next}`}`,
  notToldYet: (wait) => `Not told yet: ${wait}`,
  due: (why, how) => `Due: ${why}; ${how}`,
  told: (when, next) => `Told ${when}; ${next}`,
  mayHaveBeenTold: (when, next) => `May have been told ${when}; ${next}`,

  off: {
    not_a_peer_mentor: 'they are no peer mentor',
    inactive_user: 'their account is not active',
    no_chapter: 'they are in no chapter',
    no_rule: 'no rule is in force for them',
    disabled: (scope) => `${ruleOf(scope)} switches it off`,
    misconfigured: (scope, fault) => `${ruleOf(scope)} cannot be read (${fault})`,
    unknown_timezone: "their organisation's timezone does not exist",
  },
  offOtherwise: 'it is switched off',

  optedOut: (title) => `opted out of ${title.toLowerCase()}`,
  noDevice: (why) => `${why}, but no device of theirs can be reached`,
  inFlight: (why) => `${why}, but another evaluation has just claimed a notification`,
  cooldown: (lastTold, scope, minutes) =>
    `${lastTold === null ? '' : `last told ${lastTold}, `}${ruleOf(scope)} waits ${minutesInWords(minutes)} after each`,
  capped: (most, days) =>
    `their policy allows ${count(most, 'notification')} in ${count(days, 'day')}, and no more has room`,

  halted: waitsInEnglish.forEndOfHalt,
  toldByNextEvaluation: (when) => `told by the next evaluation${when === null ? '' : `, ${when}`}`,
  toldWhenHoursBegin: (when) => `told ${when}, when their hours begin`,

  whenHoursBegin: (when) => `${when}, when their hours begin`,
  ifResumed: (when) => `${when}, if its Schedule is resumed: it is paused`,
  nextAt: (when) => `next ${when}`,
  nextWhen: (until, notBefore) => `next when ${until}${notBefore === null ? '' : `, and not before ${notBefore}`}`,
  nextLater: 'next later',
  nextWhenOptedIn: 'next when they opt in again',
  nextWhenRegistered: 'next when their app registers one',
  nextWhenSettled: 'next when that is settled',
  nobodyKnowsWhen: 'nobody can say when next',
  optedOutSince: 'they have opted out since',

  released: (claimed, release, then) => `The notification claimed ${claimed} was ${release}; ${then}`,
  waits: (claimed, wait) => `The notification claimed ${claimed} waits: ${wait}`,
};
