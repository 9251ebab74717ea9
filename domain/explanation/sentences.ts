import { SCENARIOS } from '../scenarios/registry.ts';
import type { NextEvaluation, ScenarioAccount } from './account.ts';
import { sentencesInEnglish } from './en/sentences.ts';
import type { InLanguages, Language } from './language.ts';
import { sentencesInNorwegian } from './nb/sentences.ts';
import type { SentencePhrases } from './sentence-phrases.ts';
import { waitInWords, type Wait } from './wait.ts';
import { Clock } from './when.ts';
import type { Why } from './why.ts';
import { afterRelease, releaseInWords } from './withdrawal.ts';

const PHRASES: InLanguages<SentencePhrases> = { en: sentencesInEnglish, nb: sentencesInNorwegian };

/**
 * Why a mentor is, or is not, notified of one scenario type, and when next: the verdict, and a second sentence where an
 * earlier notification was withdrawn or waits.
 */
export function sentencesAbout(account: ScenarioAccount, language: Language): string[] {
  const telling = { ...account, say: PHRASES[language], clock: new Clock(account.timezone, account.asOf, language) };
  const second = aboutUnsent(telling);
  return [verdict(telling), ...(second === null ? [] : [second])].map((sentence) => `${sentence}.`);
}

/** An account, and what it is told with. */
interface Telling extends ScenarioAccount {
  readonly say: SentencePhrases;
  readonly clock: Clock;
}

function verdict(telling: Telling): string {
  const { lastNotified, verdict: is, reason, rule, say, clock } = telling;
  if (is === 'off') return say.notTold(whyOff(say, reason, rule), null);
  const wait = waitOf(telling);
  if (is !== 'send' && wait && wait.for !== 'decision') return say.notToldYet(waiting(wait, clock));
  const why = SCENARIOS[telling.scenarioType].explain(telling.potential, {
    scope: rule.scope,
    startsOn: rule.startsOn,
    hasBeenActive: telling.hasBeenActive,
    clock,
  });
  if (is === 'send') return say.due(why.why, howSent(telling));
  if (lastNotified && clock.isToday(lastNotified.at)) {
    const told = lastNotified.isSure ? say.told : say.mayHaveBeenTold;
    return told(clock.past(lastNotified.at), again(telling, why));
  }
  return suppressed(telling, why);
}

function whyOff(say: SentencePhrases, reason: string | null, { scope, fault }: ScenarioAccount['rule']): string {
  const { off } = say;
  const phrase = reason !== null && Object.hasOwn(off, reason) ? off[reason as keyof typeof off] : say.offOtherwise;
  return typeof phrase === 'string' ? phrase : phrase(scope, fault ?? '');
}

/** Of what is due now. */
function howSent({ halt, sendAt, next, say, clock }: Telling): string {
  if (halt !== null) return say.halted(halt);
  if (next) return say.toldByNextEvaluation(evaluated(next, say, clock));
  return sendAt === null ? say.toldByNextEvaluation(null) : say.toldWhenHoursBegin(clock.at(sendAt));
}

function suppressed(telling: Telling, why: Why): string {
  const { reason, scenarioType, lastNotified, policy, rule, say, clock } = telling;
  switch (reason) {
    case 'opted_out':
      return say.notTold(say.optedOut(SCENARIOS[scenarioType].words[clock.language].title), say.nextWhenOptedIn);
    case 'no_device_token':
      return say.notTold(say.noDevice(why.why), say.nextWhenRegistered);
    case 'in_flight':
      return say.notTold(say.inFlight(why.why), say.nextWhenSettled);
    case 'cooldown': {
      const last = lastNotified ? clock.past(lastNotified.at) : null;
      return say.notTold(say.cooldown(last, rule.scope, rule.cooldownMinutes ?? 0), nextTime(telling) ?? say.nextLater);
    }
    case 'capped':
      return say.notTold(
        say.capped(policy?.maxNotifications ?? 0, policy?.perDays ?? 0),
        nextTime(telling) ?? say.nextLater,
      );
    default:
      return say.notTold(why.why, nextTime(telling) ?? nextWhen(telling, why));
  }
}

/** When a mentor who was told today may be told again. */
function again(telling: Telling, why: Why): string {
  if (telling.reason === 'opted_out') return telling.say.optedOutSince;
  return nextTime(telling) ?? nextWhen(telling, why) ?? telling.say.nobodyKnowsWhen;
}

function nextTime({ next, nextEligibleAt, say, clock }: Telling): string | null {
  if (next) return say.nextAt(evaluated(next, say, clock));
  return nextEligibleAt === null ? null : say.nextAt(clock.onDay(nextEligibleAt));
}

function nextWhen({ keptUntil, say, clock }: Telling, { until }: Why): string | null {
  if (until === null) return null;
  return say.nextWhen(until, keptUntil === null ? null : clock.instant(keptUntil));
}

function evaluated({ at, sendAt, isPaused }: NextEvaluation, say: SentencePhrases, clock: Clock): string {
  const when = sendAt === null ? clock.at(at) : say.whenHoursBegin(clock.at(sendAt));
  return isPaused ? say.ifResumed(when) : when;
}

function waitOf({ unsent }: ScenarioAccount): Wait | null {
  return unsent && 'wait' in unsent ? unsent.wait : null;
}

function waiting(wait: Wait, clock: Clock): string {
  return waitInWords(wait, clock.language, (iso) => clock.at(iso));
}

/** What the verdict has not said of it. */
function aboutUnsent({ unsent, verdict: is, say, clock }: Telling): string | null {
  if (!unsent) return null;
  const claimed = clock.past(unsent.claimedAt);
  if ('released' in unsent) {
    const { released } = unsent;
    return say.released(claimed, releaseInWords(released, clock.language), afterRelease(released, clock.language));
  }
  if ((is === 'suppressed' || is === 'not_due') && unsent.wait.for !== 'decision') return null;
  return say.waits(claimed, waiting(unsent.wait, clock));
}
