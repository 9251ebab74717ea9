import type { ScenarioType } from '../scenarios/registry.ts';
import type { Potential } from './why.ts';
import type { Wait } from './wait.ts';

/** All that is said in words about one mentor and one scenario type. Instants are ISO 8601 in UTC. */
export interface ScenarioAccount {
  readonly scenarioType: ScenarioType;
  readonly asOf: string;
  /** The mentor's own, else their organisation's. */
  readonly timezone: string;
  readonly verdict: 'send' | 'suppressed' | 'not_due' | 'off';
  readonly reason: string | null;
  readonly rule: RuleInForce;
  readonly policy: PolicyInForce | null;
  readonly hasBeenActive: boolean;
  readonly potential: readonly Potential[];
  /** When what is due is sent; null: at once, or nothing is due. */
  readonly sendAt: string | null;
  /** The earliest instant at which they may be notified if nothing changes; null: no date says. */
  readonly nextEligibleAt: string | null;
  /** Until when the cooldown or the cap keeps them from being notified again, whatever happens; null: nothing does. */
  readonly keptUntil: string | null;
  readonly next: NextEvaluation | null;
  /** The note of the halt that is in force. */
  readonly halt: string | null;
  readonly lastNotified: { readonly at: string; readonly isSure: boolean } | null;
  /** What became of the latest notification, where it was claimed and was not sent. */
  readonly unsent: Unsent | null;
}

export interface RuleInForce {
  readonly scope: 'chapter' | 'organization' | 'default';
  readonly cooldownMinutes: number | null;
  /** `YYYY-MM-DD` */
  readonly startsOn: string | null;
  readonly fault: string | null;
}

export interface PolicyInForce {
  readonly maxNotifications: number | null;
  readonly perDays: number;
}

/** When the type's Schedule fires next, as far as anybody can say. */
export interface NextEvaluation {
  readonly at: string;
  /** When the mentor's hours begin, if they do not contain that instant. */
  readonly sendAt: string | null;
  readonly isPaused: boolean;
}

export type Unsent =
  { readonly claimedAt: string; readonly wait: Wait } | { readonly claimedAt: string; readonly released: string };
