import type { Kysely } from 'kysely';
import type { ClaimRequest } from '../../db/evaluation-request.ts';
import type { ScenarioRepository } from '../../db/scenario-repository.ts';
import type { Database } from '../../db/tables.ts';
import { HOUR } from '../../domain/durations.ts';
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
    lateness: 'report',
    ...values,
  };
}

export const ACCEPTED: DeviceOutcome = { status: 'accepted', messageId: 'projects/test/messages/1' };

/** Takes a batch over from a holder that is gone. */
export async function takeOver(repository: ScenarioRepository, batchKey: string, now: Date): Promise<number> {
  const { fence } = (await repository.becomeHolder(batchKey, null))!;
  if (fence > 1) await repository.disownAttempts({ batchKey, fence, now });
  return fence;
}

/** Begins all there is to begin of a batch, one notification of each mentor. */
export async function begin(repository: ScenarioRepository, batchKey: string, fence: number, now: Date) {
  const { attempts } = await repository.beginAttempts({
    batchKey,
    fence,
    messages: 1_000,
    now,
    afterUser: null,
    checkBefore: new Date(0),
    projectId: 'test',
    isProbe: false,
  });
  return attempts;
}

/** Dispatches a batch without a push service: every request comes to the same. */
export async function dispatchAs(
  repository: ScenarioRepository,
  batchKey: string,
  now: Date,
  outcome: DeviceOutcome = ACCEPTED,
) {
  const fence = await takeOver(repository, batchKey, now);
  const total = { sent: 0, failed: 0, held: 0, recorded: 0 };
  for (let attempts; (attempts = await begin(repository, batchKey, fence, now)).length > 0;) {
    await repository.learnOutcomes(
      attempts.map((attempt) => ({ ...attempt, outcome, answered_at: now })),
      now,
    );
    const settled = await settle(repository, batchKey, fence, now);
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += settled[key];
  }
  return total;
}

export function settle(repository: ScenarioRepository, batchKey: string, fence: number, now: Date) {
  return repository.settleClaims({
    batchKey,
    fence,
    now,
    unknownRetryDelaysMs: [0, 0, 0, 0],
    refusedRetryDelaysMs: [0],
    giveUpAfterMs: HOUR,
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
