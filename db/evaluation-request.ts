import { UsageError } from '../domain/errors.ts';
import { LATE_AFTER } from '../domain/durations.ts';
import type { MentorRange } from '../domain/mentor-range.ts';
import { SCENARIOS, type ScenarioType } from '../domain/scenarios/registry.ts';
import type { SqlParameters } from './sql-file.ts';

/** What is asked of an evaluation, whether it claims or only looks. */
export interface EvaluationRequest {
  readonly scenarioType: ScenarioType;
  /** The instant it speaks about. */
  readonly asOf: Date;
  readonly range: MentorRange;
}

/** What a claim adds: when it is made, and what bounds it. */
export interface ClaimRequest extends EvaluationRequest {
  /** The batch's name: its row, and what its claims belong to. */
  readonly batchKey: string;
  readonly planKey: string;
  readonly workflowId: string;
  readonly runId: string;
  /** The time of claiming. */
  readonly now: Date;
  /** Send although `now` is more than six hours after `asOf`; a candidate must then hold at `now` too. @default false */
  readonly sendLate?: boolean;
  /** The sweep's budget of notifications, if it has one. */
  readonly budget?: { readonly sweepKey: string; readonly allowance: number };
  /** False: what is claimed too late is claimed all the same; only a sweep can be late. @default true */
  readonly ofSweep?: boolean;
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
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** How far the clocks of two machines may disagree before an instant counts as one of the future. */
const CLOCK_SKEW_MS = 5_000;

/** What has not come yet can be previewed, not claimed: a record of the future would keep the mentor silent until then. */
export function refuseTheFuture({ asOf, now }: Pick<ClaimRequest, 'asOf' | 'now'>): void {
  if (asOf.getTime() <= now.getTime() + CLOCK_SKEW_MS) return;
  throw new UsageError(
    'E_EVALUATION_OF_THE_FUTURE',
    `asOf is ${asOf.toISOString()}, later than now (${now.toISOString()})`,
    { fix: `use "scenario-push preview --as-of ${asOf.toISOString()}" to see what would be sent` },
  );
}

export function isLate({ asOf, now }: Pick<ClaimRequest, 'asOf' | 'now'>): boolean {
  return now.getTime() - asOf.getTime() > LATE_AFTER;
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
    proposedRules?: readonly ProposedRule[];
  } = {},
): SqlParameters {
  const { scenarioType, asOf, range } = request;
  return {
    scenario_type: scenarioType,
    as_of: asOf,
    range_from: range.from,
    range_to: range.to,
    parameter_defaults: JSON.stringify(SCENARIOS[scenarioType].parameterDefaults),
    only_key: bounds.onlyKey ?? null,
    still_due: bounds.stillDue ?? null,
    is_late: bounds.isLate ?? false,
    allowance: bounds.allowance ?? null,
    locked_buckets: bounds.lockedBuckets ?? null,
    proposed_rules: JSON.stringify(bounds.proposedRules ?? []),
  };
}
