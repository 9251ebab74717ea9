import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptResult, Settlement } from '../db/attempts.ts';
import { SECOND } from '../domain/durations.ts';
import type { Dependencies } from './dependencies.ts';

const FIRST_WAIT = 100;
const LONGEST_WAIT = 5 * SECOND;

/**
 * Writes what requests came to, one page behind the sending. Outcomes first, and until they are written: they exist
 * nowhere else. Then the records, which follow from them; a record that cannot be written fails the pass, and the next
 * one begins by writing it.
 */
export class OutcomeRecorder {
  readonly #deps: Dependencies;
  readonly #settle: (claims?: readonly AttemptResult[]) => Promise<Settlement>;
  readonly #cancelled: AbortSignal;
  readonly #lastTriesMs: number;
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;

  constructor(
    deps: Dependencies,
    settle: (claims?: readonly AttemptResult[]) => Promise<Settlement>,
    cancelled: AbortSignal,
    lastTriesMs: number,
  ) {
    this.#deps = deps;
    this.#settle = settle;
    this.#cancelled = cancelled;
    this.#lastTriesMs = lastTriesMs;
  }

  /** Settles what an earlier holder sent and did not record. */
  async settleLeftovers(): Promise<void> {
    const settled = await this.#settle();
    this.#warnOfRepeats(settled);
  }

  /** Returns when the page before this one is written. */
  async record(results: readonly AttemptResult[]): Promise<void> {
    await this.#writing;
    this.#writing = this.#write(results).catch((error: unknown) => {
      this.#failure ??= { error };
    });
  }

  hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** Waits for all that was given; throws if any of it could not be written. */
  async finish(): Promise<void> {
    await this.#writing;
    if (this.#failure) throw this.#failure.error;
  }

  /** Waits for all that was given, whatever came of it. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #write(results: readonly AttemptResult[]): Promise<void> {
    this.#logRefusals(results);
    await this.#learn(results);
    try {
      this.#warnOfRepeats(await this.#settle(results));
    } catch (error) {
      this.#logCritical(results, error);
      throw error;
    }
  }

  async #learn(results: readonly AttemptResult[]): Promise<void> {
    let cancelledAt: number | null = null;
    for (let wait = FIRST_WAIT, told = false; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        const invalidated = await this.#deps.repository.learnOutcomes(results, this.#deps.clock());
        if (invalidated > 0) {
          const dead = results.filter(({ outcome }) => outcome.status === 'rejected' && outcome.tokenIsDead);
          this.#deps.log.info(
            { tokens: invalidated, notifications: dead.map(identify) },
            'dead device tokens invalidated',
          );
        }
        return;
      } catch (error) {
        if (!told) this.#logCritical(results, error);
        told = true;
        if (this.#cancelled.aborted) cancelledAt ??= performance.now();
        if (cancelledAt !== null && performance.now() - cancelledAt >= this.#lastTriesMs) throw error;
        await sleep(wait);
      }
    }
  }

  #warnOfRepeats({ sent, held, recorded }: Settlement): void {
    const repeats = sent + held - recorded;
    if (repeats > 0) this.#deps.log.warn({ repeats }, 'records were there already: skipped');
  }

  #logRefusals(results: readonly AttemptResult[]): void {
    for (const result of results) {
      if (result.outcome.status === 'accepted') continue;
      const { status, code } = result.outcome;
      if (code === 'not_attempted') continue;
      this.#deps.log.error({ ...identify(result), outcome: status, code }, 'push was not accepted');
    }
  }

  /** All it takes to repair the record by hand: one line a page, so that it is said once. */
  #logCritical(results: readonly AttemptResult[], error: unknown): void {
    const accepted = results.flatMap((result) =>
      result.outcome.status === 'rejected'
        ? []
        : [{ ...identify(result), outcome: result.outcome.status, message_id: messageIdOf(result) }],
    );
    if (accepted.length === 0) return;
    this.#deps.log.fatal(
      { code: 'E_RECORD_NOT_WRITTEN', notifications: accepted, err: error },
      'E_RECORD_NOT_WRITTEN: pushes were accepted and could not be recorded; trying until they are, sending nothing again',
    );
  }
}

function identify(result: AttemptResult) {
  return {
    notification: result.idempotency_key,
    user_id: result.user_id,
    scenario_type: result.scenario_type,
    claim_id: result.claim_id,
    device_id: result.device_id,
    attempt: result.attempt,
  };
}

function messageIdOf({ outcome }: AttemptResult): string | null {
  return outcome.status === 'accepted' ? outcome.messageId : null;
}
