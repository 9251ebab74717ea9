import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptResult, AttemptToSend, BeginRequest, Begun } from '../db/attempts.ts';
import type { Holding } from '../db/dispatch.ts';
import { isOfItsRow } from '../db/repository-exception.ts';
import { AnswerLog } from './answer-log.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';
import type { Settler } from './settler.ts';

const FIRST_WAIT = 100;
const LONGEST_WAIT = 5_000;

/** What an exchange came to; with `error` nothing was begun, and what was answered is written all the same. */
export type Exchanged = { readonly begun: Begun | null } | { readonly error: unknown };

/** Writes what the requests of one batch came to, whatever becomes of the database meanwhile. */
export class AnswerWriter {
  readonly #batchKey: string;
  readonly #holding: Holding;
  readonly #deps: Dependencies;
  readonly #settings: DispatchSettings;
  readonly #cancelled: AbortSignal;
  readonly #settler: Settler;
  readonly #log: AnswerLog;

  constructor(
    batch: { readonly key: string; readonly holding: Holding },
    deps: Dependencies,
    settings: DispatchSettings,
    cancelled: AbortSignal,
    settler: Settler,
  ) {
    this.#batchKey = batch.key;
    this.#holding = batch.holding;
    this.#deps = deps;
    this.#settings = settings;
    this.#cancelled = cancelled;
    this.#settler = settler;
    this.#log = new AnswerLog(deps.log);
  }

  /**
   * Writes `answered`, empties it, and begins more, in one transaction. Where that fails they are written by themselves.
   */
  async exchange(
    answered: AttemptResult[],
    begin: BeginRequest | null,
    inFlight: () => readonly AttemptToSend[],
  ): Promise<Exchanged> {
    const results = answered.splice(0);
    this.#log.refusals(results);
    try {
      const batch = { batchKey: this.#batchKey, fence: this.#holding.fence, now: this.#deps.clock() };
      const { invalidated, begun } = await this.#deps.repository.exchangeAnswers({ ...batch, results, begin });
      this.#noteLearned(results, invalidated);
      return { begun };
    } catch (error) {
      this.#deps.log.warn(
        { batch: this.#batchKey, err: error },
        'an exchange failed: what was answered is written by itself',
      );
      await this.#recover(results, answered, inFlight);
      return { error };
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
      this.#settler.learned([{ ...result, outcome: bare }]);
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
  ): Promise<void> {
    const { repository, clock } = this.#deps;
    await this.learn(results, answered);
    const left = [...inFlight(), ...answered, ...results];
    await repository.forgetUnsent({ batchKey: this.#batchKey, fence: this.#holding.fence, left, now: clock() });
  }

  #noteLearned(results: readonly AttemptResult[], invalidated: number): void {
    this.#settler.learned(results);
    this.#log.deadTokens(results, invalidated);
    if (invalidated > 0) this.#deps.tally?.invalidated(invalidated);
  }
}
