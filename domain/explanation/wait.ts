import { describeBraked, type Braked } from '../brake.ts';

/** What a notification that is claimed and not settled waits for. */
export interface Wait {
  /** `decision`: it may have arrived, and an operator decides whether it did. */
  readonly for: 'end_of_halt' | 'brake' | 'hours' | 'push_service' | 'next_attempt' | 'worker' | 'decision';
  /** ISO instant; null where nobody can say. */
  readonly until: string | null;
  /** The note of whoever halted it, both numbers of the brake, or the code of the answer that closed the push service. */
  readonly reason: string | null;
}

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
  if (claim.braked) return { for: 'brake', until: claim.braked.until, reason: describeBraked(claim.braked) };
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

/** In words; `say` writes an instant with what it needs before it: `on 8 December, 12:07 in Oslo`. */
export function describeWait({ for: what, until, reason }: Wait, say: (iso: string) => string): string {
  const then = until === null ? 'later' : say(until);
  switch (what) {
    case 'end_of_halt':
      return `all sending is halted ("${reason}") until somebody ends the halt`;
    case 'brake':
      return `its sweep is braked (${reason}) until somebody resumes or stops it; without an answer it is withdrawn ${then}`;
    case 'hours':
      return `their hours begin ${then}`;
    case 'push_service':
      return `the push service is closed (${reason ?? 'trouble'}), tried next ${then} or later`;
    case 'next_attempt':
      return `tried next ${then}`;
    case 'worker':
      return 'tried as soon as a worker takes it up';
    case 'decision':
      return 'it may have arrived, and an operator has to decide whether it did ("scenario-push held settle" or "held release")';
  }
}
