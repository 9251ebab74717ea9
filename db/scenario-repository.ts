import { sql, type Kysely, type Transaction } from 'kysely';
import { SCENARIOS, type ScenarioType } from '../domain/scenarios/registry.ts';
import type { EvaluationCounts, ScenarioCounts } from '../domain/sweep.ts';
import type { AttemptResult, AttemptToSend, PendingCounts, Settlement, StrandedBatch } from './attempts.ts';
import { lockCooldownBuckets } from './cooldown-locks.ts';
import {
  evaluationParameters,
  isLate,
  refuseTheFuture,
  type ClaimRequest,
  type EvaluationRequest,
} from './evaluation-request.ts';
import { evaluationStatement, expectMany } from './evaluation-statement.ts';
import { decideHeld } from './held.ts';
import { streamCandidates, type PreviewRow } from './preview.ts';
import { guard, isWorthRepeating, ScenarioRepositoryException } from './repository-exception.ts';
import { countRun, recountRuns } from './run-counts.ts';
import { all, first, must } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import { chargeBudget, takeFromBudget } from './sweep-budget.ts';
import type { Database } from './tables.ts';

const openBatch = statementFromFile<{ batch_key: string }>('open-batch');
const readBatch = statementFromFile<EvaluationCounts>('read-batch');
const takeOverBatch = statementFromFile<{ fence: number }>('take-over-batch');
const disownAttempts = statementFromFile('disown-attempts');
const fenceOfBatch = statementFromFile<{ fence: number }>('fence-of-batch');
const leftBehind = statementFromFile<{ started_at: Date | null }>('left-behind');
const beginAttempts = statementFromFile<AttemptToSend>('begin-attempts');
const learnOutcomes = statementFromFile<{ invalidated: number }>('learn-outcomes');
const settleClaims = statementFromFile<Settlement>('settle-claims');
const deliveryCounts = statementFromFile<PendingCounts>('delivery-counts');
const reserveRate = statementFromFile<{ wait_ms: number }>('reserve-rate');
const countMentors = statementFromFile<{ mentors: number }>('count-mentors');
const startRun = statementFromFile('start-run');
const strandedBatches = statementFromFile<StrandedBatch>('stranded-batches');

const TRANSACTION_TRIES = 4;

/**
 * All that the service asks of its database. Every error leaves as a {@link ScenarioRepositoryException} that names the
 * method; duplicate keys are no errors, they are how "once" works.
 */
export class ScenarioRepository {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  // What was sent before

  /** The latest `triggered_at` of her records of the type, those of unknown outcome included; null without any. */
  async getLastSentAt(userId: string, scenarioType: ScenarioType): Promise<Date | null> {
    return guard('getLastSentAt', async () => {
      const row = await this.#db
        .selectFrom('scenario_notifications')
        .select((eb) => eb.fn.max('triggered_at').as('at'))
        .where('user_id', '=', userId)
        .where('scenario_type', '=', scenarioType)
        .executeTakeFirst();
      return (row?.at as Date | null | undefined) ?? null;
    });
  }

  /** Whether she has a record of the type triggered at or after `since`. */
  async hasBeenSentSinceThreshold(userId: string, scenarioType: ScenarioType, since: Date): Promise<boolean> {
    return guard('hasBeenSentSinceThreshold', async () => {
      const row = await this.#db
        .selectFrom('scenario_notifications')
        .select('id')
        .where('user_id', '=', userId)
        .where('scenario_type', '=', scenarioType)
        .where('triggered_at', '>=', since)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    });
  }

  /**
   * When the cooldown after her latest record of the type ends; null without a record.
   * The sum is made in SQL: a Date has no microseconds, and exactly a cooldown ago must pass.
   */
  async cooldownEndsAfter(
    userId: string,
    scenarioType: ScenarioType,
    cooldownMinutes: number,
    asOf: Date,
  ): Promise<{ endsAt: Date; isActive: boolean } | null> {
    return guard('cooldownEndsAfter', async () => {
      const endsAt = sql<Date>`max(cooldown_from) + make_interval(mins => ${cooldownMinutes})`;
      const row = await this.#db
        .selectFrom('scenario_notifications')
        .select([endsAt.as('endsAt'), sql<boolean>`${endsAt} > ${asOf}::timestamptz`.as('isActive')])
        .where('user_id', '=', userId)
        .where('scenario_type', '=', scenarioType)
        .having((eb) => eb.fn.countAll(), '>', 0)
        .executeTakeFirst();
      return row ?? null;
    });
  }

  // Evaluate and claim

  /**
   * Evaluates a batch and claims who is due, once: whoever calls again for the same `batchKey` gets the stored counts,
   * and its claims are in the database where {@link beginAttempts} finds them.
   *
   * Throws E_EVALUATION_OF_THE_FUTURE.
   */
  async evaluateAndClaim(request: ClaimRequest): Promise<EvaluationCounts> {
    refuseTheFuture(request);
    const { counts, isNew } = await guard('evaluateAndClaim', () =>
      this.#transaction(async (tx) => {
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
        if (!opened) return { counts: must(await first(tx, readBatch, { batch_key: request.batchKey })), isNew: false };
        return { counts: await this.#claim(tx, request), isNew: true };
      }),
    );
    if (isNew) this.evaluated(request, counts);
    return counts;
  }

  /** Called once for each batch that this repository evaluated, after the commit; for whoever counts. */
  protected evaluated(_request: ClaimRequest, _counts: EvaluationCounts): void {}

  async #claim(tx: Transaction<Database>, request: ClaimRequest): Promise<EvaluationCounts> {
    const scenario = SCENARIOS[request.scenarioType];
    if (request.onlyKey === undefined) await expectMany(tx);
    const late = request.ofSweep !== false && isLate(request);
    const stillDue = late && request.sendLate ? await dueAt(tx, { ...request, asOf: request.now }) : undefined;
    const allowance = request.budget ? await takeFromBudget(tx, request.budget) : undefined;
    const lockedBuckets = await lockCooldownBuckets(tx, request);
    const claim = evaluationStatement<EvaluationCounts>(request.scenarioType, 'claim-candidates');
    const counts = must(
      await first(tx, claim, {
        ...evaluationParameters(request, {
          isLate: late && !request.sendLate,
          ...(stillDue && { stillDue }),
          ...(allowance !== undefined && { allowance }),
          onlyKey: request.onlyKey,
          lockedBuckets,
        }),
        several: scenario.severalPerEvaluation,
        batch_key: request.batchKey,
        now: request.now,
        time_to_live_minutes: scenario.timeToLiveMinutes,
        log_skips: !late || (request.sendLate ?? false),
      }),
    );
    if (request.budget) await chargeBudget(tx, request.budget.sweepKey, counts.claimed);
    return counts;
  }

  /** Whether a batch has been evaluated against this database. */
  async hasBatch(batchKey: string): Promise<boolean> {
    return guard('hasBatch', async () => (await first(this.#db, readBatch, { batch_key: batchKey })) !== undefined);
  }

  /** Candidates with their verdicts in bytewise order of user id and occurrence; memory does not grow with them. */
  async *previewCandidates(request: EvaluationRequest): AsyncIterable<PreviewRow> {
    try {
      yield* streamCandidates(this.#db, request);
    } catch (error) {
      throw new ScenarioRepositoryException('previewCandidates', error);
    }
  }

  // Dispatch and record

  /** Takes a batch over from whoever dispatched it before. Null if it was never evaluated. */
  async takeOver(batchKey: string, now: Date): Promise<number | null> {
    return guard('takeOver', () =>
      this.#transaction(async (tx) => {
        const batch = await first(tx, takeOverBatch, { batch_key: batchKey });
        if (!batch) return null;
        if (batch.fence > 1) await all(tx, disownAttempts, { batch_key: batchKey, now });
        return batch.fence;
      }),
    );
  }

  /** Tells whoever holds the batch to stop: it looks every second. Returns the new fence; null for an unknown batch. */
  async raiseFence(batchKey: string): Promise<number | null> {
    return guard(
      'raiseFence',
      async () => (await first(this.#db, takeOverBatch, { batch_key: batchKey }))?.fence ?? null,
    );
  }

  async fenceOf(batchKey: string): Promise<number | null> {
    return guard('fenceOf', async () => (await first(this.#db, fenceOfBatch, { batch_key: batchKey }))?.fence ?? null);
  }

  /** When the latest attempt began that nobody has decided yet; null without any. */
  async undecidedSince(batchKey: string): Promise<Date | null> {
    return guard(
      'undecidedSince',
      async () => (await first(this.#db, leftBehind, { batch_key: batchKey }))?.started_at ?? null,
    );
  }

  /**
   * Durably begins the next page of attempts; empty when nothing is left under this fence. `fromUser`: the last mentor of
   * the page before, so that the pages before are not read again.
   */
  async beginAttempts(page: {
    batchKey: string;
    fence: number;
    pageSize: number;
    now: Date;
    fromUser?: string | undefined;
  }): Promise<AttemptToSend[]> {
    return guard('beginAttempts', () =>
      this.#transaction(async (tx) => {
        // A batch is too new to have statistics: unless told, the planner sorts all of it for each page. As in expectMany,
        // what is told it seems to make compiling worth while.
        await sql`select set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`.execute(tx);
        return all(tx, beginAttempts, {
          batch_key: page.batchKey,
          fence: page.fence,
          page_size: page.pageSize,
          now: page.now,
          from_user: page.fromUser ?? null,
        });
      }),
    );
  }

  /** Makes durable what requests came to; invalidates tokens that are dead. Returns how many were. */
  async learnOutcomes(results: readonly AttemptResult[], now: Date): Promise<number> {
    return guard('learnOutcomes', async () => {
      const column = <T>(value: (result: AttemptResult) => T) => results.map(value);
      const row = await first(this.#db, learnOutcomes, {
        claim_ids: column((r) => r.claim_id),
        device_ids: column((r) => r.device_id),
        attempts: column((r) => r.attempt),
        tokens: column((r) => r.token),
        outcomes: column((r) => r.outcome.status),
        retryables: column((r) =>
          r.outcome.status === 'rejected' ? r.outcome.retryable : r.outcome.status === 'unknown',
        ),
        error_codes: column((r) => (r.outcome.status === 'accepted' ? null : r.outcome.code)),
        message_ids: column((r) => (r.outcome.status === 'accepted' ? r.outcome.messageId : null)),
        answered_ats: column((r) => r.answered_at.toISOString()),
        dead_tokens: column((r) => r.outcome.status === 'rejected' && r.outcome.tokenIsDead),
        now,
      });
      await this.#settleHeldThatArrived(results, now);
      return row?.invalidated ?? 0;
    });
  }

  /** An answer may come after another holder has given up on it: accepted is accepted, no operator need decide. */
  async #settleHeldThatArrived(results: readonly AttemptResult[], now: Date): Promise<void> {
    const accepted = results
      .filter((result) => result.outcome.status === 'accepted')
      .map((result) => result.idempotency_key);
    if (accepted.length > 0) await decideHeld(this.#db, 'settle', [...new Set(accepted)], now);
  }

  /** Concludes from the attempts: claims, records and log in one statement. `claims` absent = all of the batch. */
  async settleClaims(request: {
    batchKey: string;
    fence: number;
    claims?: readonly Pick<AttemptResult, 'claim_id' | 'user_id'>[];
    now: Date;
    maxAttempts: number;
    giveUpBefore: Date;
  }): Promise<Settlement> {
    return guard('settleClaims', async () =>
      must(
        await first(this.#db, settleClaims, {
          batch_key: request.batchKey,
          fence: request.fence,
          claim_ids: request.claims?.map((claim) => claim.claim_id) ?? null,
          user_ids: request.claims?.map((claim) => claim.user_id) ?? null,
          now: request.now,
          max_attempts: request.maxAttempts,
          give_up_before: request.giveUpBefore,
        }),
      ),
    );
  }

  async deliveryCounts(batchKey: string): Promise<PendingCounts> {
    return guard('deliveryCounts', async () => must(await first(this.#db, deliveryCounts, { batch_key: batchKey })));
  }

  /** Reserves room for `messages` in the project's rate; returns how many milliseconds to wait before sending them. */
  async reserveRate(projectId: string, messages: number, perSecond: number): Promise<number> {
    return guard('reserveRate', async () => {
      const row = await first(this.#db, reserveRate, { project_id: projectId, messages, per_second: perSecond });
      return must(row).wait_ms;
    });
  }

  /** Batches with notifications claimed before `claimedBefore` and not settled yet, the oldest first. */
  async strandedBatches(claimedBefore: Date, most: number): Promise<StrandedBatch[]> {
    return guard('strandedBatches', () => all(this.#db, strandedBatches, { claimed_before: claimedBefore, most }));
  }

  // Runs

  async countMentors(): Promise<number> {
    return guard('countMentors', async () => must(await first(this.#db, countMentors, {})).mentors);
  }

  async startRun(run: {
    workflowId: string;
    firstRunId: string;
    scenarioType: ScenarioType;
    planKey: string;
    asOf: Date;
    now: Date;
  }): Promise<void> {
    await guard('startRun', () =>
      first(this.#db, startRun, {
        workflow_id: run.workflowId,
        first_run_id: run.firstRunId,
        scenario_type: run.scenarioType,
        plan_key: run.planKey,
        as_of: run.asOf,
        now: run.now,
      }),
    );
  }

  /** Sums again the runs that these batches belong to, after one of them was settled late. */
  async recountRuns(batchKeys: readonly string[]): Promise<void> {
    await guard('recountRuns', () => recountRuns(this.#db, batchKeys));
  }

  /** Sums a sweep's batches into its runs and returns the sums, by scenario type. */
  async countRun(run: {
    workflowId: string;
    firstRunId: string;
    finishedAt: Date | null;
  }): Promise<Map<ScenarioType, ScenarioCounts>> {
    return guard('countRun', async () => {
      const rows = await all(this.#db, countRun, {
        workflow_id: run.workflowId,
        first_run_id: run.firstRunId,
        batch_keys: [],
        finished_at: run.finishedAt,
      });
      return new Map(rows.map(({ scenario_type, ...counts }) => [scenario_type, counts]));
    });
  }

  /**
   * Deadlocks and serialization failures are cured by running the transaction again. Read committed, whatever the
   * database's default: who waited for a lock must see what the one before has committed.
   */
  async #transaction<T>(work: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
    if (this.#db.isTransaction) return work(this.#db as Transaction<Database>);
    for (let tried = 1; ; tried++) {
      let cause: unknown;
      try {
        return await this.#db
          .transaction()
          .setIsolationLevel('read committed')
          .execute((tx) => work(tx).catch((error: unknown) => Promise.reject((cause = error))));
      } catch (error) {
        // On a broken connection the rollback fails as well; what broke it says more.
        cause ??= error;
        if (tried === TRANSACTION_TRIES || !isWorthRepeating(cause)) throw cause;
      }
    }
  }
}

async function dueAt(tx: Transaction<Database>, request: EvaluationRequest): Promise<string[]> {
  const preview = evaluationStatement<PreviewRow>(request.scenarioType, 'preview-candidates');
  const rows = await all(tx, preview, evaluationParameters(request));
  return rows.map((row) => `${row.user_id}:${row.occurrence}`);
}
