import type { Transaction } from 'kysely';
import { SCENARIOS } from '../domain/scenarios/registry.ts';
import type { EvaluationRequest } from './evaluation-request.ts';
import { first } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

const lockRange = statementFromFile<{ bucket: number }>('lock-range');

/**
 * Makes concurrent evaluations of one mentor take turns where a cap may be in force, whatever their types: no key is
 * shared by notifications of two types, so nothing else would keep both from finding room for one.
 *
 * Returns whether this transaction may claim under a cap; without a cap anywhere, nothing is locked. As with
 * {@link lockCooldownBuckets}, which comes first, the statement that claims must come after. The whole range is locked,
 * because finding those who are due would be evaluating twice: batches side by side share a bucket at their ends, and
 * take turns there.
 */
export async function lockUnderCap(tx: Transaction<Database>, request: EvaluationRequest): Promise<boolean> {
  if (!SCENARIOS[request.scenarioType].isCapped) return false;
  const { from, to } = request.range;
  return (await first(tx, lockRange, { range_from: from, range_to: to })) !== undefined;
}
