import type { Transaction } from 'kysely';
import { SCENARIOS } from '../domain/scenarios/registry.ts';
import { within } from './affordable.ts';
import { evaluationParameters, type EvaluationRequest } from './evaluation-request.ts';
import { evaluationStatement } from './evaluation-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

const lockBuckets = statementFromFile('lock-buckets');

/**
 * Makes concurrent evaluations of one mentor take turns where unique keys alone cannot keep the cooldown: one can be
 * told several things in one evaluation, so two evaluators that claim different ones do not collide.
 *
 * Returns the buckets of mentors that this transaction may claim for under a cooldown; null where no turns are needed.
 * There are 256 (a lock per mentor would fill the lock table), and the statement that claims must come after: only a
 * snapshot taken behind the lock sees what the one before has claimed.
 */
export async function lockCooldownBuckets(
  tx: Transaction<Database>,
  request: EvaluationRequest,
): Promise<readonly number[] | null> {
  const { scenarioType } = request;
  if (!SCENARIOS[scenarioType].severalPerEvaluation) return null;
  const ruleWithCooldown = await tx
    .selectFrom('scenario_rules')
    .select('id')
    .where('scenario_type', '=', scenarioType)
    .where('enabled', '=', true)
    .where('cooldown_minutes', '>', 0)
    .limit(1)
    .executeTakeFirst();
  if (!ruleWithCooldown) return [];
  const find = evaluationStatement<{ bucket: number }>(scenarioType, 'cooldown-buckets');
  const { rows } = await within(tx, request.withinMs, () => tx.executeQuery(find(evaluationParameters(request))));
  const buckets = rows.map((row) => row.bucket);
  if (buckets.length > 0) await tx.executeQuery(lockBuckets({ scenario_type: scenarioType, buckets }));
  return buckets;
}
