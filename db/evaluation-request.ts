import type { MentorRange } from '../domain/mentor-range.ts';
import { SCENARIOS, type ScenarioType } from '../domain/scenarios/registry.ts';
import { LATE_AFTER } from '../domain/timing.ts';
import type { SqlParameters } from './sql-file.ts';

/** What is asked of an evaluation, whether it claims or only looks. */
export interface EvaluationRequest {
  readonly scenarioType: ScenarioType;
  /** The instant it speaks about. */
  readonly asOf: Date;
  readonly range: MentorRange;
  /** Only the mentors of this one. @default all */
  readonly chapterId?: string;
  /** To evaluate with instead of those of their scope. @default none */
  readonly proposedRules?: readonly ProposedRule[];
  /** Milliseconds that a statement which evaluates may take. @default as the database says */
  readonly withinMs?: number;
}

/**
 * What becomes of candidates that would be claimed more than six hours after `asOf`: `report` suppresses them as late,
 * `send` claims those that hold at `now` as well, `ignore` claims them all.
 */
export type Lateness = 'report' | 'send' | 'ignore';

/** What a claim adds: when it is made, and what bounds it. */
export interface ClaimRequest extends EvaluationRequest {
  /** The batch's name: its row, and what its claims belong to. */
  readonly batchKey: string;
  readonly planKey: string;
  readonly workflowId: string;
  readonly runId: string;
  /** The time of claiming. */
  readonly now: Date;
  readonly lateness: Lateness;
  /** The sweep's budget of notifications, if it has one. */
  readonly budget?: { readonly sweepKey: string; readonly allowance: number };
  /** Claim no other notification than this. */
  readonly onlyKey?: string;
}

/** A rule to evaluate with instead of the one of its scope; both ids null = the default. */
export interface ProposedRule {
  readonly scenario_type: ScenarioType;
  readonly organization_id: string | null;
  readonly chapter_id: string | null;
  readonly enabled: boolean;
  readonly cooldown_minutes: number;
  readonly on_unknown: 'resend' | 'hold';
  /** `YYYY-MM-DD`; only what arose on that date or later counts. */
  readonly starts_on: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export function isLate({ asOf, now, lateness }: Pick<ClaimRequest, 'asOf' | 'now' | 'lateness'>): boolean {
  return lateness !== 'ignore' && now.getTime() - asOf.getTime() > LATE_AFTER;
}

/** Parameters of evaluate.sql. */
export function evaluationParameters(
  request: EvaluationRequest,
  bounds: {
    isLate?: boolean;
    stillDue?: readonly string[];
    allowance?: number;
    onlyKey?: string | undefined;
    lockedBuckets?: readonly number[] | null;
    capLocked?: boolean;
  } = {},
): SqlParameters {
  const { scenarioType, asOf, range, chapterId = null, proposedRules = [] } = request;
  return {
    scenario_type: scenarioType,
    as_of: asOf,
    range_from: range.from,
    range_to: range.to,
    chapter_id: chapterId,
    parameter_defaults: JSON.stringify(SCENARIOS[scenarioType].parameterDefaults),
    only_key: bounds.onlyKey ?? null,
    still_due: bounds.stillDue ?? null,
    is_late: bounds.isLate ?? false,
    allowance: bounds.allowance ?? null,
    locked_buckets: bounds.lockedBuckets ?? null,
    is_capped: SCENARIOS[scenarioType].isCapped,
    cap_locked: bounds.capLocked ?? null,
    proposed_rules: JSON.stringify(proposedRules),
  };
}
