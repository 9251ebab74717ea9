import { whyOff, type PastNotification, type PotentialNotification, type ScenarioFindings } from '../db/explain.ts';
import type { SendingState } from '../db/sending-state.ts';
import type { RecentlySetAside } from '../db/set-aside.ts';
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
    readonly parameters: Readonly<Record<string, unknown>>;
    /** What about the parameters cannot be read. */
    readonly fault: string | null;
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
export interface ExplainedPast extends PastNotification {
  readonly waits: WaitExplanation | null;
}

export interface WaitExplanation {
  readonly for: 'end_of_halt' | 'push_service' | 'hours' | 'next_attempt' | 'worker';
  /** ISO instant; null where nobody can say. */
  readonly until: string | null;
  /** The note of whoever halted it, or the code of the answer that closed the push service. */
  readonly reason: string | null;
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
            parameters: rule.parameters!,
            fault: rule.fault,
          },
    facts: foldFacts(potential),
    ...conclude(whyOff(rule), candidates, potential),
    candidates,
    history: history.map((past) => ({ ...past, waits: whatItWaitsFor(past, sending, now) })),
    set_aside: latestOf(setAside, scenarioType, rule.scenario_rule_id),
  };
}

function latestOf(
  setAside: readonly RecentlySetAside[],
  scenarioType: ScenarioType,
  ruleId: string | null,
): ScenarioExplanation['set_aside'] {
  const left = setAside.find((one) => one.scenario_type === scenarioType && one.scenario_rule_id === ruleId);
  return left ? { at: left.at.toISOString(), user_id: left.user_id, sqlstate: left.sqlstate } : null;
}

function whatItWaitsFor(
  { claim_state, next_attempt_at, send_at }: PastNotification,
  { halt, closed }: SendingState,
  now: Date,
): WaitExplanation | null {
  if (claim_state !== 'open' && claim_state !== 'unknown') return null;
  const hours = send_at && send_at > now ? send_at.toISOString() : null;
  const later = next_attempt_at && next_attempt_at > now ? next_attempt_at.toISOString() : null;
  const next = later && hours ? latest(later, hours) : (later ?? hours);
  if (halt) return { for: 'end_of_halt', until: null, reason: halt.note };
  const [gate] = closed;
  if (gate) return { for: 'push_service', until: latest(next, gate.closed_until.toISOString()), reason: gate.reason };
  if (hours) return { for: 'hours', until: next, reason: null };
  if (next) return { for: 'next_attempt', until: next, reason: null };
  return { for: 'worker', until: null, reason: null };
}

function latest(a: string | null, b: string): string {
  return a !== null && a > b ? a : b;
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
