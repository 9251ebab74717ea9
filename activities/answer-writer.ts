import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptResult, AttemptToSend, BeginRequest, Begun, SettleRequest, Settlement } from '../db/attempts.ts';
import type { Holding } from '../db/dispatch.ts';
import { isOfItsRow } from '../db/repository-exception.ts';
import { AnswerLog } from './answer-log.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';

const FIRST_WAIT = 100;
const LONGEST_WAIT = 5_000;

/** What an exchange came to; with `error` nothing was begun, and what was answered is written all the same. */
export type Exchanged =
  | { readonly begun: Begun | null }
  /** `isMended`: it was about single notifications, which are put off. */
  | { readonly error: unknown; readonly isMended: boolean };

/** Writes what the requests of one batch came to, whatever becomes of the database meanwhile. */
export class AnswerWriter {
  readonly #batchKey: string;
  readonly #holding: Holding;
  readonly #deps: Dependencies;
  readonly #settings: DispatchSettings;
  readonly #cancelled: AbortSignal;
  readonly #log: AnswerLog;

  constructor(
    batch: { readonly key: string; readonly holding: Holding },
    deps: Dependencies,
    settings: DispatchSettings,
    cancelled: AbortSignal,
  ) {
    this.#batchKey = batch.key;
    this.#holding = batch.holding;
    this.#deps = deps;
    this.#settings = settings;
    this.#cancelled = cancelled;
    this.#log = new AnswerLog(deps.log);
  }

  /** Concludes from all attempts of the batch: what an earlier holder left, and what nothing can be tried for any more. */
  async settleAll(): Promise<void> {
    this.#noteSettled(await this.#deps.repository.settleClaims(this.#settleRequest()));
  }

  /**
   * Writes `answered`, empties it, and begins more, in one transaction. Where that fails they are written by themselves.
   * Throws when what was learned cannot be concluded from.
   */
  async exchange(
    answered: AttemptResult[],
    begin: BeginRequest | null,
    inFlight: () => readonly AttemptToSend[],
  ): Promise<Exchanged> {
    const results = answered.splice(0);
    this.#log.refusals(results);
    try {
      const settle = this.#settleRequest();
      const { invalidated, settlement, begun } = await this.#deps.repository.exchangeAnswers({
        results,
        settle,
        begin,
      });
      this.#noteLearned(results, invalidated);
      if (settlement) this.#noteSettled(settlement);
      return { begun };
    } catch (error) {
      this.#deps.log.warn(
        { batch: this.#batchKey, err: error },
        'an exchange failed: what was answered is written by itself',
      );
      return { error, isMended: await this.#recover(results, answered, inFlight) };
    }
  }

  /** Writes what was answered and nothing else: what follows is for the next holder to conclude. */
  async learn(results: AttemptResult[], answered: AttemptResult[] = []): Promise<void> {
    let cancelledAt: number | null = null;
    for (let wait = FIRST_WAIT, said = ''; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      // What has come meanwhile exists nowhere else either.
      results.push(...answered.splice(0));
      if (results.length === 0) return;
      try {
        await this.#write(results);
        return;
      } catch (error) {
        // Once for each reason: it may change while it is tried again.
        const reason = (error as Error).message;
        if (said !== reason) this.#log.notWritten(results, error);
        said = reason;
        if (this.#cancelled.aborted) cancelledAt ??= performance.now();
        if (cancelledAt !== null && performance.now() - cancelledAt >= this.#settings.lastTriesMs) throw error;
        await sleep(wait);
      }
    }
  }

  /** Where the database refuses something about one answer, the others are written all the same. */
  async #write(results: readonly AttemptResult[]): Promise<void> {
    try {
      this.#noteLearned(results, await this.#deps.repository.learnOutcomes(results, this.#deps.clock()));
    } catch (error) {
      if (!isOfItsRow(error)) throw error;
      if (results.length > 1) for (const result of results) await this.#write([result]);
      else if (results[0]) await this.#writeBare(results[0]);
    }
  }

  /** What became of it, without what the push service said of it, and without touching the device's own row. */
  async #writeBare(result: AttemptResult): Promise<void> {
    const { outcome } = result;
    const bare =
      outcome.status === 'accepted'
        ? { ...outcome, messageId: '' }
        : { ...outcome, code: 'app/not-writable', tokenIsDead: false };
    try {
      await this.#deps.repository.learnOutcomes([{ ...result, outcome: bare }], this.#deps.clock());
    } catch (error) {
      if (!isOfItsRow(error)) throw error;
      // It stays undecided: whoever holds the batch next takes it for unknown.
      this.#log.notWritten([result], error);
    }
  }

  /** What a transaction began whose answer was lost, and nobody knows of, has not left. */
  async #recover(
    results: AttemptResult[],
    answered: AttemptResult[],
    inFlight: () => readonly AttemptToSend[],
  ): Promise<boolean> {
    const { repository, clock } = this.#deps;
    await this.learn(results, answered);
    const left = [...inFlight(), ...answered, ...results];
    await repository.forgetUnsent({ batchKey: this.#batchKey, fence: this.#holding.fence, left, now: clock() });
    if (results.length === 0) return false;
    try {
      const settlement = await repository.settleClaims({ ...this.#settleRequest(), claims: results });
      if (settlement.sent === 0) await repository.settleHeldThatArrived(results, clock());
      this.#noteSettled(settlement);
      const faults = new Map((settlement.putOff ?? []).map(({ claim_id, fault }) => [claim_id, fault]));
      for (const result of results) {
        const fault = faults.get(result.claim_id);
        if (fault !== undefined) this.#log.notWritten([result], new Error(fault));
      }
      return faults.size > 0;
    } catch (error) {
      this.#log.notWritten(results, error);
      throw error;
    }
  }

  #noteSettled(settlement: Settlement): void {
    this.#deps.tally?.settled(this.#holding.scenario_type, settlement);
    this.#log.repeats(settlement);
    this.#log.putOff(this.#batchKey, settlement.putOff ?? []);
  }

  #noteLearned(results: readonly AttemptResult[], invalidated: number): void {
    this.#log.deadTokens(results, invalidated);
    if (invalidated > 0) this.#deps.tally?.invalidated(invalidated);
  }

  #settleRequest(): SettleRequest {
    const { unknownRetryDelaysMs, refusedRetryDelaysMs, giveUpAfterMs } = this.#settings;
    const batch = { batchKey: this.#batchKey, fence: this.#holding.fence, now: this.#deps.clock() };
    return { ...batch, unknownRetryDelaysMs, refusedRetryDelaysMs, giveUpAfterMs };
  }
}
