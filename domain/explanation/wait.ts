import type { Braked } from '../brake.ts';
import { waitsInEnglish } from './en/waits.ts';
import type { InLanguages, Language } from './language.ts';
import { waitsInNorwegian } from './nb/waits.ts';

/** What a notification that is claimed and not settled waits for. */
export type Wait =
  | { readonly for: 'brake'; /** ISO instant. */ readonly until: string; readonly braked: Braked }
  | {
      /** `decision`: it may have arrived, and an operator decides whether it did. */
      readonly for: 'end_of_halt' | 'hours' | 'push_service' | 'next_attempt' | 'worker' | 'decision';
      /** ISO instant; null where nobody can say. */
      readonly until: string | null;
      /** The note of whoever halted it, or the code of the answer that closed the push service. */
      readonly reason: string | null;
    };

/** A claim as far as its waiting is concerned. */
export interface WaitingClaim {
  readonly claim_state: string | null;
  readonly next_attempt_at: Date | null;
  readonly send_at: Date | null;
  readonly braked: Braked | null;
}

/** Sending as it is now, for everybody. */
export interface Obstacles {
  readonly halt: { readonly note: string } | null;
  readonly closed: readonly { readonly closed_until: Date; readonly reason: string | null }[];
}

/** The first thing that would have to happen. Null: it waits for nothing. */
export function whatItWaitsFor(claim: WaitingClaim, { halt, closed }: Obstacles, now: Date): Wait | null {
  if (claim.claim_state === 'held') return { for: 'decision', until: null, reason: null };
  if (claim.claim_state !== 'open' && claim.claim_state !== 'unknown') return null;
  if (halt) return { for: 'end_of_halt', until: null, reason: halt.note };
  if (claim.braked) return { for: 'brake', until: claim.braked.until, braked: claim.braked };
  const next = claim.next_attempt_at && claim.next_attempt_at > now ? claim.next_attempt_at.toISOString() : null;
  if (claim.send_at && claim.send_at > now)
    return { for: 'hours', until: latest(next, claim.send_at.toISOString()), reason: null };
  const [gate] = closed;
  if (gate) return { for: 'push_service', until: latest(next, gate.closed_until.toISOString()), reason: gate.reason };
  if (next) return { for: 'next_attempt', until: next, reason: null };
  return { for: 'worker', until: null, reason: null };
}

function latest(a: string | null, b: string): string {
  return a !== null && a > b ? a : b;
}

/** `then`: when, with what stands before it, such as `on 8 December, 12:07 in Oslo`; or {@link later}. */
export interface WaitPhrases {
  readonly later: string;
  readonly forEndOfHalt: (note: string) => string;
  readonly forBrake: (braked: Braked, then: string) => string;
  readonly forHours: (then: string) => string;
  readonly forPushService: (code: string | null, then: string) => string;
  readonly forNextAttempt: (then: string) => string;
  readonly forWorker: string;
  readonly forDecision: string;
}

const PHRASES: InLanguages<WaitPhrases> = { en: waitsInEnglish, nb: waitsInNorwegian };

/** `say` writes an instant with what it needs before it: `on 8 December, 12:07 in Oslo`, as a clock's `at` does. */
export function waitInWords(wait: Wait, language: Language, say: (iso: string) => string): string {
  const phrases = PHRASES[language];
  const then = wait.until === null ? phrases.later : say(wait.until);
  switch (wait.for) {
    case 'end_of_halt':
      return phrases.forEndOfHalt(wait.reason ?? '');
    case 'brake':
      return phrases.forBrake(wait.braked, then);
    case 'hours':
      return phrases.forHours(then);
    case 'push_service':
      return phrases.forPushService(wait.reason, then);
    case 'next_attempt':
      return phrases.forNextAttempt(then);
    case 'worker':
      return phrases.forWorker;
    case 'decision':
      return phrases.forDecision;
  }
}
