import { sql, type Kysely, type Transaction } from 'kysely';
import { SECOND } from '../domain/durations.ts';
import { CodedError } from '../domain/errors.ts';
import { isSameRange, type MentorRange } from '../domain/mentor-range.ts';
import { SCENARIOS } from '../domain/scenarios/registry.ts';
import { rangeOfBatch, type EvaluationCounts } from '../domain/sweep.ts';
import { GIVE_WAY_FOR } from '../domain/timing.ts';
import { affordable, within } from './affordable.ts';
import { lockUnderCap } from './cap-lock.ts';
import { lockCooldownBuckets } from './cooldown-locks.ts';
import { evaluateInParts, type SetAside } from './evaluation-in-parts.ts';
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
  /** What was left out because evaluating it failed or cost too much; absent: nothing. */
  readonly setAside?: readonly SetAside[];
  /** Candidates that another evaluation claimed at the same time, by which the unique keys held; absent: none. */
  readonly lostRaces?: number;
}

/** Ten times what fifty thousand mentors take on a busy machine; what takes longer is evaluated in parts. */
const WHOLE = 10 * SECOND;

const openBatch = statementFromFile<{ batch_key: string }>('open-batch');
const readBatch = statementFromFile<BatchRow>('read-batch');

interface BatchRow extends EvaluationCounts {
  readonly plan_key: string;
  readonly scenario_type: string;
  readonly as_of: Date;
  readonly range_from: string;
  readonly range_to: string | null;
}

/**
 * Evaluates a batch and claims who is due, once: whoever calls again for the same `batchKey` gets the stored counts,
 * and its claims are in the database where a dispatch finds them. Throws E_BATCH_DIFFERS where the row of that key is of
 * another batch.
 */
export async function evaluateAndClaim(db: Kysely<Database>, request: ClaimRequest): Promise<Evaluation> {
  return inTransaction(db, (tx) => evaluateWithin(tx, request), { patienceMs: GIVE_WAY_FOR });
}

async function evaluateWithin(tx: Transaction<Database>, request: ClaimRequest): Promise<Evaluation> {
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
  if (opened) {
    let lost = 0;
    const claimPart = async (part: ClaimRequest): Promise<EvaluationCounts> => {
      const { lost_races, ...counts } = await claim(tx, part);
      lost += lost_races;
      return counts;
    };
    const whole = await affordable(tx, () => claimPart({ ...request, withinMs: WHOLE }));
    const { counts, setAside } =
      'result' in whole ? { counts: whole.result, setAside: [] } : await evaluateInParts(tx, request, claimPart);
    return {
      ...counts,
      isNew: true,
      ...(setAside.length > 0 && { setAside }),
      ...(lost > 0 && { lostRaces: lost }),
    };
  }
  const { plan_key, scenario_type, as_of, range_from, range_to, ...counts } = must(
    await first(tx, readBatch, { batch_key: request.batchKey }),
  );
  const isSame =
    plan_key === request.planKey &&
    scenario_type === request.scenarioType &&
    as_of.getTime() === request.asOf.getTime() &&
    isSameRange({ from: range_from, to: range_to }, request.range);
  if (!isSame) throw differs(request, { from: range_from, to: range_to });
  return { ...counts, isNew: false };
}

/** Whether a batch of a sweep has been evaluated against this database, for the mentors that its key stands for. */
export async function hasBatch(db: Kysely<Database>, batchKey: string): Promise<boolean> {
  const row = await first(db, readBatch, { batch_key: batchKey });
  if (!row) return false;
  const { plan_key: planKey, scenario_type: scenarioType, as_of: asOf } = row;
  const range = rangeOfBatch({ batchKey, planKey, scenarioType, asOf });
  return range !== null && isSameRange(range, { from: row.range_from, to: row.range_to });
}

function differs({ batchKey, range }: ClaimRequest, there: MentorRange): CodedError {
  const show = ({ from, to }: MentorRange) => `from ${from} to ${to ?? 'the end'}`;
  return new CodedError(
    'E_BATCH_DIFFERS',
    `batch "${batchKey}" ${show(range)} was to be evaluated, and this database has one of that key ${show(there)}`,
    { fix: 'somebody made it up: start the sweep again with another "--as-of"' },
  );
}

/** `user_id:occurrence` of those who are due, and what the text of each would say, as JSON. */
export interface Due {
  readonly still_due: readonly string[];
  readonly message_values: readonly string[];
}

/** Whoever is due at `asOf`, told or not. */
export async function whoIsDue(tx: Transaction<Database>, request: EvaluationRequest): Promise<Due> {
  const preview = evaluationStatement<PreviewRow>(request.scenarioType, 'preview-candidates');
  const rows = await within(tx, request.withinMs, () => all(tx, preview, evaluationParameters(request)));
  return {
    still_due: rows.map((row) => `${row.user_id}:${row.occurrence}`),
    message_values: rows.map((row) => JSON.stringify(row.message_values)),
  };
}

type ClaimedCounts = EvaluationCounts & { readonly lost_races: number };

async function claim(tx: Transaction<Database>, request: ClaimRequest): Promise<ClaimedCounts> {
  const scenario = SCENARIOS[request.scenarioType];
  if (request.onlyKey === undefined) await expectMany(tx);
  const late = isLate(request);
  const sendsLate = request.lateness === 'send';
  const stillDue = late && sendsLate ? (await whoIsDue(tx, { ...request, asOf: request.now })).still_due : undefined;
  const allowance = request.budget ? await takeFromBudget(tx, request.budget) : undefined;
  const lockedBuckets = await lockCooldownBuckets(tx, request);
  const capLocked = await lockUnderCap(tx, request);
  const claimCandidates = evaluationStatement<ClaimedCounts>(request.scenarioType, 'claim-candidates');
  const evaluate = () =>
    first(tx, claimCandidates, {
      ...evaluationParameters(request, {
        isLate: late && !sendsLate,
        ...(stillDue && { stillDue }),
        ...(allowance !== undefined && { allowance }),
        onlyKey: request.onlyKey,
        lockedBuckets,
        capLocked,
      }),
      several: scenario.severalPerEvaluation,
      batch_key: request.batchKey,
      now: request.now,
      time_to_live_minutes: scenario.timeToLiveMinutes,
      log_skips: !late || sendsLate,
    });
  const counts = must(await within(tx, request.withinMs, evaluate));
  if (request.budget) await chargeBudget(tx, request.budget.sweepKey, counts.claimed);
  return counts;
}

/** A worker that is killed lets go of its batch within a second, and not when the statement has run to its end. */
async function noticeLostClient(tx: Transaction<Database>): Promise<void> {
  await sql`select set_config('client_connection_check_interval', '1s', true)`.execute(tx);
}
