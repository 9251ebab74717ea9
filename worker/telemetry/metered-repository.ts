import type { Kysely } from 'kysely';
import type { AttemptResult, Settlement } from '../../db/attempts.ts';
import { DeviceTokenRepository, type DeadToken } from '../../db/device-tokens.ts';
import { scenarioTypeOfBatch } from '../../db/dispatch-state.ts';
import type { ClaimRequest } from '../../db/evaluation-request.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import type { Database } from '../../db/tables.ts';
import type { EvaluationCounts } from '../../domain/sweep.ts';
import type { Metrics } from './metrics.ts';

type SettleRequest = Parameters<ScenarioRepository['settleClaims']>[0];

/** More batches than any worker has in hand. */
const BATCHES_REMEMBERED = 1_000;

/**
 * Counts what the repository has committed. Each decision is counted by the one call that wrote it, so never twice,
 * whatever is retried; a worker that dies between commit and count, or loses the commit's answer, leaves it out. The
 * exact numbers are in evaluation_runs.
 */
export class MeteredRepository extends ScenarioRepository {
  readonly #db: Kysely<Database>;
  readonly #metrics: Metrics;
  readonly #scenarioTypes = new Map<string, string>();

  constructor(db: Kysely<Database>, metrics: Metrics) {
    super(db);
    this.#db = db;
    this.#metrics = metrics;
  }

  protected override evaluated({ batchKey, scenarioType }: ClaimRequest, counts: EvaluationCounts): void {
    const labels = { scenario_type: scenarioType };
    this.#metrics.count('scenario_push_mentors_evaluated_total', counts.mentors_evaluated, labels);
    this.#metrics.count('scenario_push_mentors_misconfigured_total', counts.mentors_misconfigured, labels);
    this.#metrics.count('scenario_push_candidates_total', counts.candidates, labels);
    this.#metrics.count('scenario_push_claimed_total', counts.claimed, labels);
    for (const [reason, n] of Object.entries(counts.suppressed)) {
      this.#metrics.count('scenario_push_suppressed_total', n, { ...labels, reason });
    }
    this.#remember(batchKey, scenarioType);
  }

  override async settleClaims(request: SettleRequest): Promise<Settlement> {
    const settlement = await super.settleClaims(request);
    const { sent, failed, held } = settlement;
    if (sent + failed + held > 0) {
      const scenario_type = await this.#scenarioTypeOf(request.batchKey);
      for (const [outcome, n] of Object.entries({ sent, failed, held })) {
        if (n > 0) this.#metrics.count('scenario_push_settled_total', n, { scenario_type, outcome });
      }
    }
    return settlement;
  }

  override async learnOutcomes(results: readonly AttemptResult[], now: Date): Promise<number> {
    const invalidated = await super.learnOutcomes(results, now);
    this.#metrics.count('scenario_push_tokens_invalidated_total', invalidated, {});
    return invalidated;
  }

  /** What was settled is settled: a database that goes away now costs the label, not the dispatch. */
  async #scenarioTypeOf(batchKey: string): Promise<string> {
    const known = this.#scenarioTypes.get(batchKey);
    if (known) return known;
    const found = await scenarioTypeOfBatch(this.#db, batchKey).catch(() => null);
    if (found) this.#remember(batchKey, found);
    return found ?? 'not_known';
  }

  #remember(batchKey: string, scenarioType: string): void {
    if (this.#scenarioTypes.size >= BATCHES_REMEMBERED) this.#scenarioTypes.clear();
    this.#scenarioTypes.set(batchKey, scenarioType);
  }
}

/** Counts the tokens that the monthly check takes out. */
export class MeteredTokens extends DeviceTokenRepository {
  readonly #metrics: Metrics;

  constructor(db: Kysely<Database>, metrics: Metrics) {
    super(db);
    this.#metrics = metrics;
  }

  override async invalidate(tokens: readonly DeadToken[], now: Date): Promise<number> {
    const invalidated = await super.invalidate(tokens, now);
    this.#metrics.count('scenario_push_tokens_invalidated_total', invalidated, {});
    return invalidated;
  }
}
