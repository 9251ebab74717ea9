import type { Kysely } from 'kysely';
import { refuseTheFuture } from '../domain/future.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import type {
  AttemptResult,
  BatchState,
  BeginRequest,
  Begun,
  SettleRequest,
  Settlement,
  StrandedBatch,
} from './attempts.ts';
import * as brakes from './brakes.ts';
import * as dispatch from './dispatch.ts';
import * as evaluation from './evaluation.ts';
import type { ClaimRequest, EvaluationRequest } from './evaluation-request.ts';
import { findingsAbout, type ScenarioFindings } from './explain.ts';
import * as gate from './gate.ts';
import * as history from './history.ts';
import { streamCandidates, type PreviewRow } from './preview.ts';
import { guard, ScenarioRepositoryException } from './repository-exception.ts';
import * as runs from './runs.ts';
import { settleApart } from './settle-apart.ts';
import { strandedBatches } from './stranded.ts';
import type { Database } from './tables.ts';
import { withdrawClaims, type WhichClaims, type Withdrawal, type WithdrawalReason } from './withdrawals.ts';

/**
 * All that the service asks of its database: each method is a line here and explained where it is made. Every error
 * leaves as a {@link ScenarioRepositoryException} that names the method; duplicate keys are no errors, they are how
 * "once" works.
 */
export class ScenarioRepository {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  // What was sent before. The first two are there for the contract alone: the service itself asks in SQL.

  getLastSentAt(userId: string, scenarioType: ScenarioType): Promise<Date | null> {
    return guard('getLastSentAt', () => history.lastSentAt(this.#db, userId, scenarioType));
  }

  hasBeenSentSinceThreshold(userId: string, scenarioType: ScenarioType, since: Date): Promise<boolean> {
    return guard('hasBeenSentSinceThreshold', () => history.wasSentSince(this.#db, userId, scenarioType, since));
  }

  cooldownEndsAfter(
    userId: string,
    scenarioType: ScenarioType,
    cooldownMinutes: number,
    asOf: Date,
  ): Promise<{ endsAt: Date; isActive: boolean } | null> {
    return guard('cooldownEndsAfter', () =>
      history.cooldownEndsAfter(this.#db, userId, scenarioType, cooldownMinutes, asOf),
    );
  }

  // Evaluate and claim

  /** Throws E_AS_OF_IN_THE_FUTURE. */
  async evaluateAndClaim(request: ClaimRequest): Promise<evaluation.Evaluation> {
    refuseTheFuture(request);
    return guard('evaluateAndClaim', () => evaluation.evaluateAndClaim(this.#db, request));
  }

  hasBatch(batchKey: string): Promise<boolean> {
    return guard('hasBatch', () => evaluation.hasBatch(this.#db, batchKey));
  }

  /** Candidates with their verdicts in bytewise order of user id and occurrence; memory does not grow with them. */
  async *previewCandidates(request: EvaluationRequest): AsyncIterable<PreviewRow> {
    try {
      yield* streamCandidates(this.#db, request);
    } catch (error) {
      throw new ScenarioRepositoryException('previewCandidates', error);
    }
  }

  /** All that is known of one mentor, as "explain" shows it; null where there is no such user. */
  findingsAbout(
    userId: string,
    scenarioTypes: readonly ScenarioType[],
    asOf: Date,
  ): Promise<Map<ScenarioType, ScenarioFindings> | null> {
    return findingsAbout(this.#db, userId, scenarioTypes, asOf);
  }

  // Dispatch and record

  becomeHolder(batchKey: string, holder: number | null): Promise<dispatch.Holding | null> {
    return guard('becomeHolder', () => dispatch.becomeHolder(this.#db, batchKey, holder));
  }

  isHolderGone(holder: number | null): Promise<boolean> {
    return guard('isHolderGone', () => dispatch.isHolderGone(this.#db, holder));
  }

  undecidedAttempts(batch: { batchKey: string; fence: number }): Promise<dispatch.Undecided> {
    return guard('undecidedAttempts', () => dispatch.undecidedAttempts(this.#db, batch));
  }

  disownAttempts(batch: { batchKey: string; fence: number; now: Date }): Promise<number> {
    return guard('disownAttempts', () => dispatch.disownAttempts(this.#db, batch));
  }

  forgetUnsent(batch: Parameters<typeof dispatch.forgetUnsent>[1]): Promise<void> {
    return guard('forgetUnsent', () => dispatch.forgetUnsent(this.#db, batch));
  }

  checkStaleClaims(batch: { batchKey: string; fence: number; checkBefore: Date; now: Date }): Promise<number> {
    return guard('checkStaleClaims', () => dispatch.checkStaleClaims(this.#db, batch));
  }

  beginAttempts(request: BeginRequest): Promise<Begun> {
    return guard('beginAttempts', () => dispatch.beginAttempts(this.#db, request));
  }

  learnOutcomes(results: readonly AttemptResult[], now: Date): Promise<number> {
    return guard('learnOutcomes', () => dispatch.learnOutcomes(this.#db, results, now));
  }

  settleClaims(request: SettleRequest): Promise<Settlement> {
    return guard('settleClaims', () => settleApart(this.#db, request));
  }

  waitForPlatforms(batch: Parameters<typeof gate.waitForPlatforms>[1]): Promise<number> {
    return guard('waitForPlatforms', () => gate.waitForPlatforms(this.#db, batch));
  }

  settleHeldThatArrived(results: readonly AttemptResult[], now: Date): Promise<void> {
    return guard('settleHeldThatArrived', () => dispatch.settleHeldThatArrived(this.#db, results, now));
  }

  exchangeAnswers(
    exchange: Parameters<typeof dispatch.exchangeAnswers>[1],
  ): ReturnType<typeof dispatch.exchangeAnswers> {
    return guard('exchangeAnswers', () => dispatch.exchangeAnswers(this.#db, exchange));
  }

  strandedBatches(claimedBefore: Date, page: { after: string; most: number }): Promise<StrandedBatch[]> {
    return guard('strandedBatches', () => strandedBatches(this.#db, claimedBefore, page));
  }

  withdrawClaims(which: WhichClaims, reason: WithdrawalReason, now: Date): Promise<Withdrawal> {
    return guard('withdrawClaims', () => withdrawClaims(this.#db, which, reason, now));
  }

  // Whether the push service may be sent to, and how fast

  askGate(projectId: string, probeMs: number): Promise<gate.GateAnswer> {
    return guard('askGate', () => gate.askGate(this.#db, projectId, probeMs));
  }

  closeGate(closure: Parameters<typeof gate.closeGate>[1]): Promise<number> {
    return guard('closeGate', () => gate.closeGate(this.#db, closure));
  }

  endProbe(projectId: string, isOpen: boolean): Promise<void> {
    return guard('endProbe', () => gate.endProbe(this.#db, projectId, isOpen));
  }

  reserveRate(projectId: string, messages: number, perSecond: number, rampMs?: number): Promise<number> {
    return guard('reserveRate', () => gate.reserveRate(this.#db, projectId, messages, perSecond, rampMs));
  }

  // Whether what a sweep has claimed may leave

  planBrake(key: brakes.BrakeKey, of: Parameters<typeof brakes.planBrake>[2]): Promise<void> {
    return guard('planBrake', () => brakes.planBrake(this.#db, key, of));
  }

  askBrake(batchKey: string, times: brakes.BrakeTimes): ReturnType<typeof brakes.askBrake> {
    return guard('askBrake', () => brakes.askBrake(this.#db, batchKey, times));
  }

  lookAtBrake(
    key: brakes.BrakeKey,
    answer: 'released' | 'withdrawn' | null,
    times: brakes.BrakeTimes,
  ): Promise<brakes.BrakeRow | null> {
    return guard('lookAtBrake', () => brakes.lookAtBrake(this.#db, key, answer, times));
  }

  // Runs

  countMentors(): Promise<number> {
    return guard('countMentors', () => runs.countMentors(this.#db));
  }

  startRun(run: Parameters<typeof runs.startRun>[1]): Promise<void> {
    return guard('startRun', () => runs.startRun(this.#db, run));
  }

  countBatch(batchKey: string, now: Date): Promise<BatchState> {
    return guard('countBatch', () => runs.countBatch(this.#db, batchKey, now));
  }

  sumRun(run: Parameters<typeof runs.sumRun>[1]): Promise<Map<ScenarioType, ScenarioCounts>> {
    return guard('sumRun', () => runs.sumRun(this.#db, run));
  }

  sumFinishedRuns(batchKeys: readonly string[]): Promise<void> {
    return guard('sumFinishedRuns', () => runs.sumFinishedRuns(this.#db, batchKeys));
  }

  openRuns(startedBefore: Date, most: number): Promise<runs.OpenRun[]> {
    return guard('openRuns', () => runs.openRuns(this.#db, startedBefore, most));
  }
}
