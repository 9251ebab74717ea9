import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptResult, SettleRequest, Settlement } from '../db/attempts.ts';
import type { Holding } from '../db/dispatch.ts';
import { isOfItsRow } from '../db/repository-exception.ts';
import { AnswerLog } from './answer-log.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';

/** A statement for many costs a third of what it costs for a few; more than this gain next to nothing. */
const MANY = 100;
/** Answers in one statement. */
const MOST = 1_000;
/** The longest that an answer waits for others: its record is what other evaluations wait for. Doubled after a failure. */
const GATHERED_WITHIN = 250;
/** Failures in a row, over a quarter of a minute: a database that restarts is back by then. */
const MOST_FAILURES = 6;

/**
 * Concludes from what was learned: claims, records and the follow-up log, for many at a time. Nothing hurries: what was
 * learned is durable, and whoever comes next concludes the same from it.
 */
export class Settler {
  readonly #batchKey: string;
  readonly #holding: Holding;
  readonly #deps: Dependencies;
  readonly #settings: DispatchSettings;
  readonly #log: AnswerLog;

  readonly #learned: AttemptResult[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #isOver = false;
  #failures = 0;
  #error: unknown = null;

  constructor(
    batch: { readonly key: string; readonly holding: Holding },
    deps: Dependencies,
    settings: DispatchSettings,
  ) {
    this.#batchKey = batch.key;
    this.#holding = batch.holding;
    this.#deps = deps;
    this.#settings = settings;
    this.#log = new AnswerLog(deps.log);
  }

  /** Concludes from all attempts of the batch: what an earlier holder left, and what nothing can be tried for any more. */
  async settleAll(): Promise<void> {
    this.#note(await this.#deps.repository.settleClaims(this.#request()));
  }

  /** To be settled soon. */
  learned(results: readonly AttemptResult[]): void {
    this.#learned.push(...results);
    this.#arm();
  }

  /** So much waits to be settled that sending should wait as well. */
  get isBehind(): boolean {
    return this.#learned.length > MOST;
  }

  /** Throws where the database has refused to settle several times. */
  throwIfStuck(): void {
    if (this.#failures >= MOST_FAILURES) throw this.#error;
  }

  /** Settles what was learned up to now. Throws where that is not possible. */
  async finish(): Promise<void> {
    for (;;) {
      while (this.#running) await this.#running;
      if (this.#learned.length === 0) return;
      this.throwIfStuck();
      if (this.#failures > 0) await sleep(this.#pause());
      this.#start();
    }
  }

  /** Leaves what is not settled to the next holder. */
  async giveUp(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #arm(): void {
    if (this.#isOver || this.#running || this.#learned.length === 0 || this.#failures >= MOST_FAILURES) return;
    if (this.#failures === 0 && this.#learned.length >= MANY) this.#start();
    else this.#timer ??= setTimeout(this.#start, this.#pause());
  }

  #pause(): number {
    return GATHERED_WITHIN * 2 ** this.#failures;
  }

  readonly #start = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#running || this.#isOver || this.#learned.length === 0) return;
    const results = this.#learned.splice(0, MOST);
    this.#running = this.#settle(results)
      .then(() => {
        this.#failures = 0;
      })
      .catch((error: unknown) => {
        this.#error = error;
        // Claims that break rules of the database are put off one by one; what is left then is not cured by waiting.
        this.#failures = isOfItsRow(error) ? MOST_FAILURES : this.#failures + 1;
        if (this.#failures >= MOST_FAILURES) this.#log.notWritten(results, error);
        this.#learned.unshift(...results);
      })
      .finally(() => {
        this.#running = null;
        this.#arm();
      });
  };

  async #settle(results: readonly AttemptResult[]): Promise<void> {
    const { repository, clock } = this.#deps;
    const settlement = await repository.settleClaims({ ...this.#request(), claims: results });
    this.#note(settlement);
    // What another has taken over and held meanwhile may have arrived all the same.
    if (settlement.sent === 0) await repository.settleHeldThatArrived(results, clock());
    const faults = new Map((settlement.putOff ?? []).map(({ claim_id, fault }) => [claim_id, fault]));
    for (const result of results) {
      const fault = faults.get(result.claim_id);
      if (fault !== undefined) this.#log.notWritten([result], new Error(fault));
    }
  }

  #note(settlement: Settlement): void {
    this.#deps.tally?.settled(this.#holding.scenario_type, settlement);
    this.#log.repeats(settlement);
    this.#log.putOff(this.#batchKey, settlement.putOff ?? []);
  }

  #request(): SettleRequest {
    const { unknownRetryDelaysMs, refusedRetryDelaysMs, giveUpAfterMs } = this.#settings;
    const batch = { batchKey: this.#batchKey, fence: this.#holding.fence, now: this.#deps.clock() };
    return { ...batch, unknownRetryDelaysMs, refusedRetryDelaysMs, giveUpAfterMs };
  }
}
