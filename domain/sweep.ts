import { rangeOf, type MentorRange } from './mentor-range.ts';
import type { SuppressedCounts } from './suppression.ts';

/** How a sweep was asked to send; part of what identifies its batches. */
export interface SweepMode {
  /** Notifications that one sweep may send; null = no bound. */
  readonly limit: number | null;
  /** Send although more than six hours have passed since `as_of`. */
  readonly sendLate: boolean;
}

/** What an evaluation of some mentors for one scenario type came to. `candidates` = all suppressed + `claimed`. */
export interface EvaluationCounts {
  readonly mentors_evaluated: number;
  readonly mentors_misconfigured: number;
  readonly candidates: number;
  readonly suppressed: SuppressedCounts;
  readonly claimed: number;
}

/** Once finished, `claimed` is their sum. */
export interface DeliveryCounts {
  readonly sent: number;
  readonly failed: number;
  readonly unknown: number;
  /** Claimed, and sent when the mentor's hours begin. */
  readonly deferred: number;
  /** Claimed, and not sent because it was no longer right at the moment of sending. */
  readonly withdrawn: number;
}

export type ScenarioCounts = EvaluationCounts & DeliveryCounts;

export interface SweepResult {
  readonly as_of: string;
  readonly scenarios: Readonly<Record<string, ScenarioCounts>>;
}

export const NOTHING_SENT: DeliveryCounts = { sent: 0, failed: 0, unknown: 0, deferred: 0, withdrawn: 0 };

export const NO_COUNTS: ScenarioCounts = {
  mentors_evaluated: 0,
  mentors_misconfigured: 0,
  candidates: 0,
  suppressed: {},
  claimed: 0,
  ...NOTHING_SENT,
};

export function addCounts(a: ScenarioCounts, b: ScenarioCounts): ScenarioCounts {
  const suppressed: Record<string, number> = { ...a.suppressed };
  for (const [reason, n] of Object.entries(b.suppressed)) suppressed[reason] = (suppressed[reason] ?? 0) + n;
  return {
    mentors_evaluated: a.mentors_evaluated + b.mentors_evaluated,
    mentors_misconfigured: a.mentors_misconfigured + b.mentors_misconfigured,
    candidates: a.candidates + b.candidates,
    suppressed,
    claimed: a.claimed + b.claimed,
    sent: a.sent + b.sent,
    failed: a.failed + b.failed,
    unknown: a.unknown + b.unknown,
    // Results of builds before these were counted lack them.
    deferred: (a.deferred ?? 0) + (b.deferred ?? 0),
    withdrawn: (a.withdrawn ?? 0) + (b.withdrawn ?? 0),
  };
}

/** Which plan a batch belongs to: sweeps of one instant that divide the mentors alike share their batches. */
export function planKey(asOf: string, batches: number, mode: SweepMode): string {
  return [
    asOf,
    `of${batches}`,
    ...(mode.limit === null ? [] : [`limit${mode.limit}`]),
    ...(mode.sendLate ? ['send-late'] : []),
  ].join('-');
}

/**
 * What a batch is, wherever it is started from: its workflow id and its row in evaluation_batches, which let it run
 * once. `index` counts from 0, as in {@link rangeOf}.
 */
export function batchKey(scenarioType: string, plan: string, index: number): string {
  return `batch-${scenarioType}-${plan}-no${index + 1}`;
}

/** What a batch is called by, and what it is. */
export interface BatchIdentity {
  readonly batchKey: string;
  readonly planKey: string;
  readonly scenarioType: string;
  readonly asOf: Date;
}

/**
 * The range of mentors that a batch's keys stand for. Null where they are no keys of a batch of this type and instant:
 * whoever made them up might keep the sweep that they belong to from evaluating anybody.
 */
export function rangeOfBatch({ batchKey: key, planKey: plan, scenarioType, asOf }: BatchIdentity): MentorRange | null {
  const batches = Number(/-of(\d{1,9})(?:-|$)/.exec(plan)?.[1]);
  const number = Number(/-no(\d{1,9})$/.exec(key)?.[1]);
  if (!plan.startsWith(`${asOf.toISOString()}-of`) || !(number >= 1 && number <= batches)) return null;
  return key === batchKey(scenarioType, plan, number - 1) ? rangeOf(number - 1, batches) : null;
}
