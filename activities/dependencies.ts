import type { Logger } from 'pino';
import type { ScenarioRepository } from '../db/scenario-repository.ts';
import type { PushSender } from '../push/push-sender.ts';

/** What evaluating and dispatching need of the world. */
export interface Dependencies {
  readonly repository: ScenarioRepository;
  readonly push: PushSender;
  /** The time now: when claims are made and requests answered. Who is due follows from `asOf` alone. */
  readonly clock: () => Date;
  readonly log: Logger;
}

export interface DispatchSettings {
  /**
   * Notifications that a batch begins at a time: what a crash can leave in doubt.
   * @default 50: a fifth of the doubt of 250, for a fifth more of the database's work (0.29 against 0.24 ms a notification)
   */
  readonly pageSize: number;
  /** Requests in flight at most. @default 100 */
  readonly concurrency: number;
  /** Messages per second for the whole project, over all workers. @default 10_000: FCM's quota of 600,000 a minute */
  readonly messagesPerSecond: number;
  /**
   * Milliseconds without a sign of life after which a holder takes itself for dead and sends nothing more.
   * Less than the heartbeat time-out, after which another takes over. @default 15_000
   */
  readonly leaseMs: number;
  /**
   * Milliseconds after which a holder that was told to stop has no request in flight any more: the second in which it
   * notices, and the longest that an answer may take. @default 21_000
   */
  readonly oldHolderGraceMs: number;
  /**
   * Milliseconds for which a holder that is told to stop goes on trying to write what it has learned: a database that
   * restarts is back by then. @default 15_000
   */
  readonly lastTriesMs: number;
  /** Milliseconds after its claim when a notification that was always definitely refused is given up. @default 3_600_000 */
  readonly giveUpAfterMs: number;
}

export const DISPATCH_DEFAULTS: DispatchSettings = {
  pageSize: 50,
  concurrency: 100,
  messagesPerSecond: 10_000,
  leaseMs: 15_000,
  oldHolderGraceMs: 21_000,
  lastTriesMs: 15_000,
  giveUpAfterMs: 3_600_000,
};
