import type { OffReason } from './reasons.ts';
import type { RuleScope } from './why.ts';

/**
 * The sentences of `explain` as one language forms them, without their full stops. A parameter `when` or `claimed` is a
 * time with what stands before it (`on 8 December`, `today at 09:07 in Oslo`); `why` and `until` come from the words of the
 * scenario type, `next` is one of the phrases here that begin with next.
 */
export interface SentencePhrases {
  readonly notTold: (why: string, next: string | null) => string;
  readonly notToldYet: (wait: string) => string;
  readonly due: (why: string, how: string) => string;
  readonly told: (when: string, next: string) => string;
  /** The outcome is unknown. */
  readonly mayHaveBeenTold: (when: string, next: string) => string;

  /** Why a scenario does not concern the mentor. `fault` is the database's text. */
  readonly off: Readonly<Record<OffReason, string | ((scope: RuleScope, fault: string) => string)>>;
  readonly offOtherwise: string;

  readonly optedOut: (title: string) => string;
  readonly noDevice: (why: string) => string;
  readonly inFlight: (why: string) => string;
  readonly cooldown: (lastTold: string | null, scope: RuleScope, minutes: number) => string;
  readonly capped: (most: number, days: number) => string;

  readonly halted: (note: string) => string;
  /** Null: nobody knows when that is. */
  readonly toldByNextEvaluation: (when: string | null) => string;
  readonly toldWhenHoursBegin: (when: string) => string;

  /** Around a time: the mentor's hours begin then. */
  readonly whenHoursBegin: (when: string) => string;
  /** Around a time at which a paused Schedule would fire. */
  readonly ifResumed: (when: string) => string;
  readonly nextAt: (when: string) => string;
  /** `notBefore`: an instant with nothing before it; null: nothing but what has to happen keeps them. */
  readonly nextWhen: (until: string, notBefore: string | null) => string;
  readonly nextLater: string;
  readonly nextWhenOptedIn: string;
  readonly nextWhenRegistered: string;
  readonly nextWhenSettled: string;
  readonly nobodyKnowsWhen: string;
  readonly optedOutSince: string;

  readonly released: (claimed: string, release: string, then: string) => string;
  readonly waits: (claimed: string, wait: string) => string;
}
