import type { DeviceOutcome } from '../domain/outcome.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';

/** One device that one notification is to be sent to, durably begun. Never log `token`. */
export interface AttemptToSend {
  readonly claim_id: string;
  readonly device_id: string;
  readonly platform: string;
  /** From 1, per claim and device. */
  readonly attempt: number;
  readonly token: string;
  readonly user_id: string;
  readonly scenario_type: ScenarioType;
  readonly idempotency_key: string;
  readonly message_values: Readonly<Record<string, string | number>>;
  readonly locale: string;
  /** The rule's own texts, if it has any. */
  readonly messages: Readonly<Record<string, { readonly title: string; readonly body: string }>> | null;
}

export interface AttemptResult extends AttemptToSend {
  readonly outcome: DeviceOutcome;
  /** When the outcome was known; which device was the first to accept follows from it. */
  readonly answered_at: Date;
}

/** What settling came to. `recorded` is less than `sent + held` where a record was there already. */
export interface Settlement {
  readonly sent: number;
  readonly failed: number;
  readonly held: number;
  readonly recorded: number;
}

/** A batch's notifications by state; `open` and `unknown` are not settled. */
export interface PendingCounts {
  readonly sent: number;
  readonly failed: number;
  readonly held: number;
  readonly unknown: number;
  readonly open: number;
}

/** A batch with unsettled notifications, and the workflow that was to settle them. */
export interface StrandedBatch {
  readonly batch_key: string;
  readonly workflow_id: string;
}
