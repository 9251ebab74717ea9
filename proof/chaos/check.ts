import { changesAreObeyed, haltsAreObeyed, withdrawalsHaveACause } from './check-changes.ts';
import { duplicates, everyPostHasAClaim } from './check-posts.ts';
import { countsAddUp, deadTokensOnly, logAgrees, noTokenLeaks, nothingIsUnsettled } from './check-books.ts';
import { recordsAgree, whoIsMissing } from './check-records.ts';
import { index } from './checked-facts.ts';
import type { Facts } from './facts.ts';
import type { Policy } from './plan.ts';

export interface Violation {
  readonly rule: string;
  readonly detail: string;
}

export interface Verdict {
  readonly due: number;
  /** Recorded, sent, and no device was asked twice without a definite no in between. */
  readonly sentOnce: number;
  /** Recorded, and a device was asked again; each time an unknown outcome stood in the attempts before. */
  readonly sentAgain: number;
  readonly unexplained: number;
  /** Recorded as unknown: for an operator to settle. */
  readonly held: number;
  /** Of those: nothing had left for the push service. */
  readonly heldUnsent: number;
  /** Definitely refused for every device, or without any device left. */
  readonly refused: number;
  /** Not told, because a mentor opted out, left or was active again meanwhile. */
  readonly withdrawn: number;
  readonly missed: number;
  readonly violations: readonly Violation[];
}

/** Holds what the service says against the ledger, the journal of its commits, and what was due. */
export function check(facts: Facts, policy: Policy): Verdict {
  const violations: Violation[] = [];
  const report = (rule: string, detail: string) => void violations.push({ rule, detail });
  const world = index(facts);
  everyPostHasAClaim(facts, world, report);
  const asked = duplicates(facts, world, policy, report);
  nothingIsUnsettled(facts, report);
  countsAddUp(facts, report);
  logAgrees(facts, report);
  noTokenLeaks(facts, report);
  changesAreObeyed(facts, world, report);
  haltsAreObeyed(facts, report);
  withdrawalsHaveACause(facts, world, report);
  deadTokensOnly(facts, world, report);
  const deliveries = new Set(facts.posts.filter((post) => post.delivered).map((post) => post.notification_id ?? ''));
  recordsAgree(facts, world, deliveries, report);
  const { refused, withdrawn, missed } = whoIsMissing(facts, world, deliveries, report);
  const held = facts.records.filter((record) => record.delivery_status === 'unknown');
  return {
    due: facts.due.length,
    sentOnce: facts.records.filter(
      (record) =>
        world.postsOf.has(record.idempotency_key) &&
        !asked.again.has(record.idempotency_key) &&
        !asked.unexplained.has(record.idempotency_key),
    ).length,
    sentAgain: asked.again.size,
    unexplained: asked.unexplained.size,
    held: held.length,
    heldUnsent: held.filter((record) => !world.postsOf.has(record.idempotency_key)).length,
    refused,
    withdrawn,
    missed,
    violations,
  };
}
