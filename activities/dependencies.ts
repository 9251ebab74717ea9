import type { Logger } from 'pino';
import type { Settlement } from '../db/attempts.ts';
import type { ScenarioRepository } from '../db/scenario-repository.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { EvaluationCounts } from '../domain/sweep.ts';
import { SENDING_TIMES, type SendingTimes } from '../domain/timing.ts';
import type { PushSender } from '../push/push-sender.ts';

/** What evaluating and dispatching need of the world. */
export interface Dependencies {
  readonly repository: ScenarioRepository;
  readonly push: PushSender;
  /** The time now: when claims are made and requests answered. Who is due follows from `asOf` alone. */
  readonly clock: () => Date;
  readonly log: Logger;
  /** By which others see that this process lives; absent: they wait for it for the whole grace period. */
  readonly holder?: { readonly key: number | null };
  /** Told what was committed, once each; absent: nobody counts. */
  readonly tally?: Tally;
}

/** Counts what was committed. A process that dies between the commit and the call leaves it out; runs are exact. */
export interface Tally {
  evaluated(scenarioType: ScenarioType, counts: EvaluationCounts): void;
  settled(scenarioType: ScenarioType, settlement: Settlement): void;
  withdrawn(scenarioType: ScenarioType, notifications: number): void;
  invalidated(tokens: number): void;
}

export interface DispatchSettings extends SendingTimes {
  /** Requests in flight at most, over all batches of this process. @default 100 */
  readonly concurrency: number;
  /** Messages per second for the whole project, over all workers. @default 10_000: FCM's quota of 600,000 a minute */
  readonly messagesPerSecond: number;
  /** Milliseconds in which the rate rises from a tenth to the whole. @default a minute */
  readonly rampMs?: number;
  /** Milliseconds in which a process aims to be done with all it has to send. @default 6_000 */
  readonly drainWithinMs?: number;
}

export const DISPATCH_DEFAULTS: DispatchSettings = {
  concurrency: 100,
  messagesPerSecond: 10_000,
  ...SENDING_TIMES,
};
