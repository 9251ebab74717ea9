import { sql, type Kysely, type Transaction } from 'kysely';
import { SCENARIOS } from '../domain/scenarios/registry.ts';
import type { EvaluationCounts } from '../domain/sweep.ts';
import { lockCooldownBuckets } from './cooldown-locks.ts';
import { evaluationParameters, isLate, type ClaimRequest, type EvaluationRequest } from './evaluation-request.ts';
import { evaluationStatement, expectMany } from './evaluation-statement.ts';
import type { PreviewRow } from './preview.ts';
import { all, first, must } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import { chargeBudget, takeFromBudget } from './sweep-budget.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** What a batch came to. `isNew`: this call evaluated it; else another did, and these are the counts that it stored. */
export interface Evaluation extends EvaluationCounts {
  readonly isNew: boolean;
}

const openBatch = statementFromFile<{ batch_key: string }>('open-batch');
const readBatch = statementFromFile<EvaluationCounts>('read-batch');

/**
 * Evaluates a batch and claims who is due, once: whoever calls again for the same `batchKey` gets the stored counts,
 * and its claims are in the database where a dispatch finds them.
 */
export async function evaluateAndClaim(db: Kysely<Database>, request: ClaimRequest): Promise<Evaluation> {
  return inTransaction(db, async (tx) => {
    await noticeLostClient(tx);
    const opened = await first(tx, openBatch, {
      batch_key: request.batchKey,
      plan_key: request.planKey,
      scenario_type: request.scenarioType,
      as_of: request.asOf,
      range_from: request.range.from,
      range_to: request.range.to,
      workflow_id: request.workflowId,
      run_id: request.runId,
      now: request.now,
    });
    if (opened) return { ...(await claim(tx, request)), isNew: true };
    return { ...must(await first(tx, readBatch, { batch_key: request.batchKey })), isNew: false };
  });
}

/** Whether a batch has been evaluated against this database. */
export async function hasBatch(db: Kysely<Database>, batchKey: string): Promise<boolean> {
  return (await first(db, readBatch, { batch_key: batchKey })) !== undefined;
}

/** `user_id:occurrence` of everybody in the range for whom the scenario's condition holds at `asOf`, suppressed or not. */
export async function whoIsDue(tx: Transaction<Database>, request: EvaluationRequest): Promise<string[]> {
  const preview = evaluationStatement<PreviewRow>(request.scenarioType, 'preview-candidates');
  const rows = await all(tx, preview, evaluationParameters(request));
  return rows.map((row) => `${row.user_id}:${row.occurrence}`);
}

async function claim(tx: Transaction<Database>, request: ClaimRequest): Promise<EvaluationCounts> {
  const scenario = SCENARIOS[request.scenarioType];
  if (request.onlyKey === undefined) await expectMany(tx);
  const late = isLate(request);
  const sendsLate = request.lateness === 'send';
  const stillDue = late && sendsLate ? await whoIsDue(tx, { ...request, asOf: request.now }) : undefined;
  const allowance = request.budget ? await takeFromBudget(tx, request.budget) : undefined;
  const lockedBuckets = await lockCooldownBuckets(tx, request);
  const claimCandidates = evaluationStatement<EvaluationCounts>(request.scenarioType, 'claim-candidates');
  const counts = must(
    await first(tx, claimCandidates, {
      ...evaluationParameters(request, {
        isLate: late && !sendsLate,
        ...(stillDue && { stillDue }),
        ...(allowance !== undefined && { allowance }),
        onlyKey: request.onlyKey,
        lockedBuckets,
      }),
      several: scenario.severalPerEvaluation,
      batch_key: request.batchKey,
      now: request.now,
      time_to_live_minutes: scenario.timeToLiveMinutes,
      log_skips: !late || sendsLate,
    }),
  );
  if (request.budget) await chargeBudget(tx, request.budget.sweepKey, counts.claimed);
  return counts;
}

/** A worker that is killed lets go of its batch within a second, and not when the statement has run to its end. */
async function noticeLostClient(tx: Transaction<Database>): Promise<void> {
  await sql`select set_config('client_connection_check_interval', '1s', true)`.execute(tx);
}
