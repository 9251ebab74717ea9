import type { DeviceOutcome, TokenKind } from '../domain/outcome.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { SendingTimes } from '../domain/timing.ts';

/** One device that one notification is to be sent to, durably begun. Never log `token`. */
export interface AttemptToSend {
  readonly claim_id: string;
  readonly device_id: string;
  readonly platform: string;
  /** From 1, per claim and device. */
  readonly attempt: number;
  readonly token: string;
  readonly token_kind: TokenKind;
  readonly user_id: string;
  readonly scenario_type: ScenarioType;
  readonly idempotency_key: string;
  readonly message_values: Readonly<Record<string, string | number>>;
  readonly locale: string;
  /** The rule's own texts, if it has any. */
  readonly messages: Readonly<Record<string, { readonly title: string; readonly body: string }>> | null;
  /** The rule's, as it is written there; null where it has none. */
  readonly link: unknown;
  /** End of the notification's time to live. */
  readonly expires_at: Date;
}

export interface AttemptResult extends AttemptToSend {
  readonly outcome: DeviceOutcome;
  /** When the outcome was known; which device was the first to accept follows from it. */
  readonly answered_at: Date;
}

export interface BeginRequest {
  readonly batchKey: string;
  readonly fence: number;
  /** Begin no further notification once this many messages are begun. */
  readonly messages: number;
  readonly now: Date;
  /** The last mentor of the pass so far; null = from the first. */
  readonly afterUser: string | null;
  /** What was claimed, or found to be due, before this is evaluated again first. */
  readonly checkBefore: Date;
  readonly projectId: string;
  /** One message although the push service is closed, to find out whether it is back. */
  readonly isProbe: boolean;
}

export interface Begun {
  /** False: another has taken the batch over. */
  readonly is_holder: boolean;
  /** Why nothing may be sent now. */
  readonly shut: 'halted' | 'closed' | null;
  /** Notifications that were no longer right. */
  readonly withdrawn: number;
  /** Where the pass has got to; null where nothing was left. */
  readonly reached_user: string | null;
  readonly attempts: readonly AttemptToSend[];
  /** When the statement began, by performance.now(). */
  readonly begunAt: number;
}

export interface SettleRequest extends Pick<
  SendingTimes,
  'unknownRetryDelaysMs' | 'refusedRetryDelaysMs' | 'giveUpAfterMs'
> {
  readonly batchKey: string;
  readonly fence: number;
  readonly claims?: readonly Pick<AttemptResult, 'claim_id'>[];
  readonly now: Date;
}

/** What settling came to. `recorded` is less than `sent + held` where a record was there already. */
export interface Settlement {
  readonly sent: number;
  readonly failed: number;
  readonly held: number;
  readonly recorded: number;
  /** Claims that could not be settled, for reasons of their own; tried again later. */
  readonly putOff?: readonly PutOff[];
}

export interface PutOff {
  readonly claim_id: string;
  /** For people. */
  readonly fault: string;
}

/** A batch's notifications by state; `open`, `unknown` and `deferred` are not settled. */
export interface BatchState {
  readonly sent: number;
  readonly failed: number;
  readonly held: number;
  readonly unknown: number;
  readonly open: number;
  /** Open, and waiting until the mentor's hours begin. */
  readonly deferred: number;
  readonly withdrawn: number;
  /** When the first of the deferred may be sent; null without any. */
  readonly deferred_until: Date | null;
  /** Milliseconds until one that is not settled may be tried; null where all are settled. */
  readonly next_ms: number | null;
}

/** A batch with unsettled notifications, and the workflow that was to settle them. */
export interface StrandedBatch {
  readonly batch_key: string;
  readonly workflow_id: string;
}
