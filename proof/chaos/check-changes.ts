import { nameOf, type Report, type World } from './checked-facts.ts';
import type { Facts } from './facts.ts';
import type { Change } from './people.ts';

/** What was committed before an attempt began is known to it: an opt-out is never followed by a request. */
export function changesAreObeyed(facts: Facts, world: World, report: Report): void {
  for (const attempt of facts.attempts) {
    const claim = world.claimOf.get(attempt.claim_id);
    if (!claim) continue;
    for (const change of world.changesOf.get(claim.user_id) ?? []) {
      if (change.committedAt === null || !isAbout(change, claim.scenario_type)) continue;
      // That somebody is active again is seen when their claim is evaluated again.
      const knownAt = change.committedAt + (change.what === 'active again' ? facts.checkAgainAfterMs : 0);
      if (attempt.started_at <= knownAt) continue;
      const late = Math.round(attempt.started_at - change.committedAt);
      report(
        `begun although ${change.what}`,
        `${claim.idempotency_key.slice(0, 12)} attempt ${attempt.attempt} ${late} ms after`,
      );
    }
  }
}

export function haltsAreObeyed(facts: Facts, report: Report): void {
  for (const { claim_id, attempt, started_at } of facts.attempts) {
    if (facts.halts.some((halt) => started_at > halt.committedAt && started_at < halt.endingAt))
      report('begun although halted', `${claim_id} attempt ${attempt}`);
  }
}

/** A reason to withdraw, and what must have happened. */
const CAUSES: Readonly<Record<string, readonly Change['what'][]>> = {
  opted_out: ['opted out'],
  not_active: ['deactivated'],
  no_longer_due: ['opted out', 'deactivated', 'active again'],
};

export function withdrawalsHaveACause(facts: Facts, world: World, report: Report): void {
  for (const claim of facts.claims.filter((each) => each.is_withdrawn)) {
    const causes = CAUSES[claim.release_reason ?? ''] ?? [];
    const changes = (world.changesOf.get(claim.user_id) ?? []).filter((each) => isAbout(each, claim.scenario_type));
    if (!changes.some((change) => causes.includes(change.what)))
      report('withdrawn without a cause', `${nameOf(claim)} ${claim.release_reason}`);
  }
}

export function isAbout({ what, scenario_type }: Change, type: string): boolean {
  if (what === 'active again') return type === 'inactivity';
  return scenario_type === null || scenario_type === type;
}
