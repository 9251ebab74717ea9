import { SCENARIOS } from '../scenarios/registry.ts';
import type { NextEvaluation, RuleInForce, ScenarioAccount } from './account.ts';
import { count, minutesInWords } from './amounts.ts';
import { describeWait } from './wait.ts';
import { Clock } from './when.ts';
import type { Why } from './why.ts';
import { afterRelease, describeRelease } from './withdrawal.ts';

/**
 * Why a mentor is, or is not, notified of one scenario type, and when next: the verdict, and a second sentence where an
 * earlier notification was withdrawn or waits.
 */
export function sentencesAbout(account: ScenarioAccount): string[] {
  const clock = new Clock(account.timezone, account.asOf);
  const second = aboutUnsent(account, clock);
  return [verdict(account, clock), ...(second === null ? [] : [second])].map((sentence) => `${sentence}.`);
}

function verdict(account: ScenarioAccount, clock: Clock): string {
  const { lastNotified, verdict: is, reason } = account;
  if (is === 'off') return `Not told: ${describeOff(reason, ruleInWords(account.rule), account.rule.fault)}`;
  const wait = waitOf(account);
  if (is !== 'send' && wait && wait.for !== 'decision')
    return `Not told yet: ${describeWait(wait, (iso) => `on ${clock.instant(iso)}`)}`;
  const why = SCENARIOS[account.scenarioType].explain(account.potential, {
    rule: ruleInWords(account.rule),
    startsOn: account.rule.startsOn,
    hasBeenActive: account.hasBeenActive,
    clock,
  });
  if (is === 'send') return `Due: ${why.why}; ${howSent(account, clock)}`;
  const today = lastNotified && clock.isToday(lastNotified.at) ? lastNotified : null;
  if (today)
    return `${today.isSure ? 'Told' : 'May have been told'} ${clock.past(today.at)}; ${again(account, why, clock)}`;
  return `Not told: ${suppressedFor(account, why, clock)}`;
}

/** Of what is due now. */
function howSent({ halt, sendAt, next }: ScenarioAccount, clock: Clock): string {
  if (halt !== null) return `all sending is halted ("${halt}") until somebody ends the halt`;
  if (next) return `told by the next evaluation, ${evaluated(next, clock)}`;
  return sendAt === null ? 'told by the next evaluation' : `told on ${clock.instant(sendAt)}, when their hours begin`;
}

function suppressedFor(account: ScenarioAccount, why: Why, clock: Clock): string {
  const { reason, scenarioType, lastNotified, policy, rule } = account;
  switch (reason) {
    case 'opted_out':
      return `opted out of ${SCENARIOS[scenarioType].title.toLowerCase()}; next when they opt in again`;
    case 'no_device_token':
      return `${why.why}, but no device of theirs can be reached; next when their app registers one`;
    case 'in_flight':
      return `${why.why}, but another evaluation has just claimed a notification; next when that is settled`;
    case 'cooldown': {
      const last = lastNotified ? `last told ${clock.past(lastNotified.at)}, ` : '';
      const rest = minutesInWords(rule.cooldownMinutes ?? 0);
      return `${last}${ruleInWords(rule)} waits ${rest} after each; ${nextTime(account, clock) ?? 'next later'}`;
    }
    case 'capped': {
      const most = count(policy?.maxNotifications ?? 0, 'notification');
      return `their policy allows ${most} in ${count(policy?.perDays ?? 0, 'day')}, and no more has room; ${nextTime(account, clock) ?? 'next later'}`;
    }
    default:
      return `${why.why}${then(nextTime(account, clock) ?? nextWhen(account, why, clock))}`;
  }
}

/** When a mentor who was told today may be told again. */
function again(account: ScenarioAccount, why: Why, clock: Clock): string {
  if (account.reason === 'opted_out') return 'they have opted out since';
  return nextTime(account, clock) ?? nextWhen(account, why, clock) ?? 'nobody can say when next';
}

function nextTime({ next, nextEligibleAt }: ScenarioAccount, clock: Clock): string | null {
  if (next) return `next ${evaluated(next, clock)}`;
  return nextEligibleAt === null ? null : `next on ${clock.day(nextEligibleAt)}`;
}

function nextWhen({ keptUntil }: ScenarioAccount, { until }: Why, clock: Clock): string | null {
  if (until === null) return null;
  return `next when ${until}${keptUntil === null ? '' : `, and not before ${clock.instant(keptUntil)}`}`;
}

function evaluated({ at, sendAt, isPaused }: NextEvaluation, clock: Clock): string {
  const when = sendAt === null ? `on ${clock.instant(at)}` : `on ${clock.instant(sendAt)}, when their hours begin`;
  return isPaused ? `${when}, if its Schedule is resumed: it is paused` : when;
}

function then(part: string | null): string {
  return part === null ? '' : `; ${part}`;
}

function waitOf({ unsent }: ScenarioAccount) {
  return unsent && 'wait' in unsent ? unsent.wait : null;
}

/** What the verdict has not said of it. */
function aboutUnsent({ unsent, verdict: is }: ScenarioAccount, clock: Clock): string | null {
  if (!unsent) return null;
  const which = `The notification claimed ${clock.past(unsent.claimedAt)}`;
  if ('released' in unsent) {
    return `${which} was ${describeRelease(unsent.released)}; ${afterRelease(unsent.released)}`;
  }
  if ((is === 'suppressed' || is === 'not_due') && unsent.wait.for !== 'decision') return null;
  return `${which} waits: ${describeWait(unsent.wait, (iso) => `on ${clock.instant(iso)}`)}`;
}

function ruleInWords({ scope }: RuleInForce): string {
  if (scope === 'chapter') return "their chapter's rule";
  return scope === 'organization' ? "their organisation's rule" : 'the default rule';
}

function describeOff(reason: string | null, rule: string, fault: string | null): string {
  switch (reason) {
    case 'not_a_peer_mentor':
      return 'they are no peer mentor';
    case 'inactive_user':
      return 'their account is not active';
    case 'no_chapter':
      return 'they are in no chapter';
    case 'no_rule':
      return 'no rule is in force for them';
    case 'disabled':
      return `${rule} switches it off`;
    case 'misconfigured':
      return `${rule} cannot be read (${fault})`;
    case 'unknown_timezone':
      return "their organisation's timezone does not exist";
    default:
      return 'it is switched off';
  }
}
