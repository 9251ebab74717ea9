import type { Due, Facts } from './facts.ts';

export type Report = (rule: string, detail: string) => void;
export type World = ReturnType<typeof index>;

/** The name of a notification, whichever key it has. */
export const nameOf = (due: Due) => `${due.user_id} ${due.scenario_type} ${due.occurrence}`;

export function index(facts: Facts) {
  const live = facts.claims.filter((claim) => claim.state !== 'released');
  return {
    tokens: new Map(facts.tokens.map((token) => [token.token, token])),
    postsOf: Map.groupBy(facts.posts, (post) => post.notification_id ?? ''),
    claimsOf: Map.groupBy(facts.claims, (claim) => claim.idempotency_key),
    live: new Map(live.map((claim) => [claim.idempotency_key, claim])),
    attemptsOf: Map.groupBy(facts.attempts, (attempt) => `${attempt.claim_id} ${attempt.device_id}`),
    notesOf: Map.groupBy(facts.journal, (note) => note.claim_id),
    recordOf: new Map(facts.records.map((record) => [record.idempotency_key, record])),
    devicesOf: Map.groupBy(facts.devices, (device) => device.user_id),
    changesOf: Map.groupBy(facts.changes, (change) => change.user_id),
    claimOf: new Map(facts.claims.map((claim) => [claim.id, claim])),
    dueAfterwards: new Set(facts.dueAfterwards.map(nameOf)),
  };
}
