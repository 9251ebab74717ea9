import { whyOff, type PastNotification, type PotentialNotification, type ScenarioFindings } from '../db/explain.ts';
import type { SendingState } from '../db/sending-state.ts';
import type { RecentlySetAside } from '../db/set-aside.ts';
import { BRAKE_ANSWER_WITHIN } from '../domain/timing.ts';
import { whatItWaitsFor, type Wait } from '../domain/explanation/wait.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';

/** How `explain --json` answers for one scenario type. */
export interface ScenarioExplanation {
  readonly scenario_type: ScenarioType;
  readonly scenario_rule_id: string | null;
  readonly enabled: boolean;
  readonly rule: {
    readonly scope: string;
    readonly cooldown_minutes: number;
    readonly on_unknown: string;
    readonly starts_on: string | null;
    readonly parameters: Readonly<Record<string, unknown>>;
    /** What about the parameters cannot be read. */
    readonly fault: string | null;
  } | null;
  /** What protects the mentor's attention; null where no policy is in force. */
  readonly policy: {
    readonly timezone: string;
    readonly send_from: string;
    readonly send_until: string;
    readonly max_notifications: number | null;
    readonly per_days: number;
  } | null;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly verdict: 'send' | 'suppressed' | 'not_due' | 'off';
  /** Why suppressed, or why off; null otherwise. */
  readonly reason: string | null;
  readonly next_eligible_at: string | null;
  readonly candidates: readonly CandidateExplanation[];
  readonly history: readonly ExplainedPast[];
  /** When a sweep last left the mentor out, alone or with their rule, because evaluating them failed or cost too much. */
  readonly set_aside: { readonly at: string; readonly user_id: string | null; readonly sqlstate: string } | null;
}

/** A notification of the past, and what it waits for if it is not settled. */
export interface ExplainedPast extends Omit<PastNotification, 'brake'> {
  readonly waits: Wait | null;
}

interface CandidateExplanation {
  readonly user_id: string;
  readonly scenario_type: ScenarioType;
  readonly occurrence: string;
  readonly idempotency_key: string;
  readonly scenario_rule_id: string | null;
  readonly verdict: 'send' | 'suppressed';
  readonly reason: string | null;
  readonly next_eligible_at: string | null;
  /** When the mentor's hours begin; null = at once, or not sent. */
  readonly send_at: string | null;
}

export function explainScenario(
  userId: string,
  scenarioType: ScenarioType,
  findings: ScenarioFindings,
  sending: SendingState,
  setAside: readonly RecentlySetAside[],
  now: Date,
): ScenarioExplanation {
  const { rule, potential, history } = findings;
  const candidates = potential
    .filter((row) => row.due && row.idempotency_key !== null)
    .map((row) => explainCandidate(userId, scenarioType, row));
  return {
    scenario_type: scenarioType,
    scenario_rule_id: rule.scenario_rule_id,
    enabled: rule.enabled ?? false,
    rule:
      rule.scenario_rule_id === null
        ? null
        : {
            scope: rule.scope,
            cooldown_minutes: rule.cooldown_minutes!,
            on_unknown: rule.on_unknown!,
            starts_on: rule.starts_on,
            parameters: rule.parameters!,
            fault: rule.fault,
          },
    policy:
      rule.send_from === null
        ? null
        : {
            timezone: rule.own_timezone,
            send_from: rule.send_from,
            send_until: rule.send_until!,
            max_notifications: rule.max_notifications,
            per_days: rule.per_days!,
          },
    facts: foldFacts(potential),
    ...conclude(whyOff(rule), candidates, potential),
    candidates,
    history: history.map((past) => explainPast(past, sending, now)),
    set_aside: latestOf(setAside, scenarioType, rule.scenario_rule_id),
  };
}

function explainPast({ brake, ...past }: PastNotification, sending: SendingState, now: Date): ExplainedPast {
  const braked = brake && {
    ...brake,
    until: new Date(new Date(brake.braked_at).getTime() + BRAKE_ANSWER_WITHIN).toISOString(),
  };
  return { ...past, waits: whatItWaitsFor({ ...past, braked }, sending, now) };
}

function latestOf(
  setAside: readonly RecentlySetAside[],
  scenarioType: ScenarioType,
  ruleId: string | null,
): ScenarioExplanation['set_aside'] {
  const left = setAside.find((one) => one.scenario_type === scenarioType && one.scenario_rule_id === ruleId);
  return left ? { at: left.at.toISOString(), user_id: left.user_id, sqlstate: left.sqlstate } : null;
}

function explainCandidate(
  userId: string,
  scenarioType: ScenarioType,
  row: PotentialNotification,
): CandidateExplanation {
  return {
    user_id: userId,
    scenario_type: scenarioType,
    occurrence: row.occurrence,
    idempotency_key: row.idempotency_key!,
    scenario_rule_id: row.scenario_rule_id,
    verdict: row.reason === null ? 'send' : 'suppressed',
    reason: row.reason,
    next_eligible_at: row.next_eligible_at?.toISOString() ?? null,
    send_at: row.send_at?.toISOString() ?? null,
  };
}

function conclude(
  off: string | null,
  candidates: readonly CandidateExplanation[],
  potential: readonly PotentialNotification[],
): Pick<ScenarioExplanation, 'verdict' | 'reason' | 'next_eligible_at'> {
  if (off) return { verdict: 'off', reason: off, next_eligible_at: null };
  if (candidates.some((candidate) => candidate.verdict === 'send')) {
    return { verdict: 'send', reason: null, next_eligible_at: null };
  }
  if (candidates.length > 0) {
    return {
      verdict: 'suppressed',
      reason: candidates[0]!.reason,
      next_eligible_at: earliest(candidates.map((candidate) => candidate.next_eligible_at)),
    };
  }
  return {
    verdict: 'not_due',
    reason: null,
    next_eligible_at: earliest(potential.map((row) => row.due_at?.toISOString() ?? null)),
  };
}

/** What all potential notifications rest on stands once; what differs between them stands in `each`. */
function foldFacts(potential: readonly PotentialNotification[]): Record<string, unknown> {
  const [head, ...rest] = potential;
  if (!head) return {};
  const shared = Object.keys(head.facts).filter((key) =>
    rest.every((row) => JSON.stringify(row.facts[key]) === JSON.stringify(head.facts[key])),
  );
  const common = Object.fromEntries(shared.map((key) => [key, head.facts[key]]));
  if (shared.length === Object.keys(head.facts).length) return common;
  const each = potential.map(({ occurrence, facts }) => ({
    occurrence,
    ...Object.fromEntries(Object.entries(facts).filter(([key]) => !shared.includes(key))),
  }));
  return { ...common, each };
}

function earliest(instants: readonly (string | null)[]): string | null {
  return instants.filter((instant) => instant !== null).sort()[0] ?? null;
}
