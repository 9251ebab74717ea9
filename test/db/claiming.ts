import type { Kysely } from 'kysely';
import type { ClaimRequest } from '../../db/evaluation-request.ts';
import type { ScenarioRepository } from '../../db/scenario-repository.ts';
import type { Database } from '../../db/tables.ts';
import { MAX_UNKNOWN_ATTEMPTS, HOUR } from '../../domain/durations.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import type { DeviceOutcome } from '../../domain/outcome.ts';

let batches = 0;

/** A batch over everybody, evaluated and claimed at its own instant unless said otherwise. */
export function claimRequest(asOf: Date, values: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    batchKey: `batch-${++batches}`,
    planKey: 'test',
    workflowId: 'test',
    runId: 'test',
    scenarioType: 'inactivity',
    asOf,
    now: asOf,
    range: rangeOf(0, 1),
    ...values,
  };
}

export const ACCEPTED: DeviceOutcome = { status: 'accepted', messageId: 'projects/test/messages/1' };

/** Dispatches a batch without a push service: every request comes to the same. */
export async function dispatchAs(
  repository: ScenarioRepository,
  batchKey: string,
  now: Date,
  outcome: DeviceOutcome = ACCEPTED,
) {
  const fence = (await repository.takeOver(batchKey, now))!;
  const attempts = await repository.beginAttempts({ batchKey, fence, pageSize: 1_000, now });
  await repository.learnOutcomes(
    attempts.map((attempt) => ({ ...attempt, outcome, answered_at: now })),
    now,
  );
  return settle(repository, batchKey, fence, now);
}

export function settle(repository: ScenarioRepository, batchKey: string, fence: number, now: Date) {
  return repository.settleClaims({
    batchKey,
    fence,
    now,
    maxAttempts: MAX_UNKNOWN_ATTEMPTS,
    giveUpBefore: new Date(now.getTime() - HOUR),
  });
}

export const claimsOf = (db: Kysely<Database>, userId: string) =>
  db
    .selectFrom('scenario_claims')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('claimed_at')
    .orderBy('position')
    .execute();
export const recordsOf = (db: Kysely<Database>, userId: string) =>
  db.selectFrom('scenario_notifications').selectAll().where('user_id', '=', userId).orderBy('triggered_at').execute();
export const logOf = (db: Kysely<Database>, userId: string) =>
  db
    .selectFrom('follow_up_notification_log')
    .selectAll()
    .where('peer_mentor_id', '=', userId)
    .orderBy('delivered_at')
    .execute();
