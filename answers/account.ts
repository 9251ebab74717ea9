import type { MentorRule, ScenarioFindings } from '../db/explain.ts';
import type { NextEvaluation, ScenarioAccount, Unsent } from '../domain/explanation/account.ts';
import { SCENARIOS } from '../domain/scenarios/registry.ts';
import type { ExplainedPast, ScenarioExplanation } from './explanation.ts';

/** What is said in words of an explanation; `next` is what `nextEvaluations` finds. */
export function accountOf(
  explanation: ScenarioExplanation,
  { rule, potential }: ScenarioFindings,
  about: { readonly asOf: Date; readonly next: NextEvaluation | null; readonly halt: string | null },
): ScenarioAccount {
  const { scenario_type, verdict, reason, candidates, history } = explanation;
  const told = history.find((past) => past.dispatched_at !== null);
  return {
    scenarioType: scenario_type,
    asOf: about.asOf.toISOString(),
    timezone: rule.own_timezone,
    verdict,
    reason,
    rule: {
      scope: rule.scope,
      cooldownMinutes: rule.cooldown_minutes,
      startsOn: rule.starts_on,
      fault: rule.fault,
    },
    policy: rule.per_days === null ? null : { maxNotifications: rule.max_notifications, perDays: rule.per_days },
    hasBeenActive: rule.has_been_active,
    potential: potential.map(({ occurrence, due, due_at, facts }) => ({
      occurrence,
      due,
      due_at: due_at?.toISOString() ?? null,
      facts,
    })),
    sendAt: candidates.find((candidate) => candidate.send_at !== null)?.send_at ?? null,
    nextEligibleAt: nextEligibleAt(explanation, rule, about.asOf)?.toISOString() ?? null,
    keptUntil: keptUntil(explanation, rule, about.asOf)?.toISOString() ?? null,
    next: about.next,
    halt: about.halt,
    lastNotified: told ? { at: told.dispatched_at!.toISOString(), isSure: told.delivery_status === 'sent' } : null,
    unsent: history[0] ? unsentOf(history[0]) : null,
  };
}

/**
 * The earliest instant at which they may be notified if nothing changes. The contract's `next_eligible_at` knows the reason
 * alone: a certificate's next lead can begin within a cooldown, and after today's notification comes the cooldown.
 */
export function nextEligibleAt(explanation: ScenarioExplanation, rule: MentorRule, asOf: Date): Date | null {
  const { verdict, reason, next_eligible_at } = explanation;
  if (verdict === 'send') return asOf;
  const first =
    next_eligible_at !== null ? new Date(next_eligible_at) : reason === 'already_sent' ? rule.tomorrow : null;
  const kept = keptUntil(explanation, rule, asOf);
  return first && kept && kept > first ? kept : first;
}

function keptUntil({ scenario_type }: ScenarioExplanation, rule: MentorRule, asOf: Date): Date | null {
  const cap = SCENARIOS[scenario_type].isCapped ? rule.cap_until : null;
  const later = [rule.cooldown_until, cap].filter((until) => until !== null && until > asOf);
  return later.reduce((a, b) => (a && b && a > b ? a : b), null);
}

function unsentOf({ triggered_at, waits, claim_state, release_reason }: ExplainedPast): Unsent | null {
  const claimedAt = triggered_at.toISOString();
  if (waits) return { claimedAt, wait: waits };
  return claim_state === 'released' && release_reason !== null ? { claimedAt, released: release_reason } : null;
}
