import { SECOND } from '../domain/durations.ts';
import type { ScenarioRepository } from '../db/scenario-repository.ts';

/** Reservations a second at the whole rate: few enough to cost nothing, many enough to share it fairly. */
const BLOCKS_PER_SECOND = 20;
/** What was reserved and not used for longer is forfeited: it would be a burst. */
const USABLE_FOR = SECOND;

/** Messages that are reserved at a time. */
export const blockOf = (perSecond: number): number => Math.max(1, Math.floor(perSecond / BLOCKS_PER_SECOND));

/** A process's share of the project's rate, reserved from the database in small blocks. */
export class SendRate {
  readonly #repository: Pick<ScenarioRepository, 'reserveRate'>;
  readonly #projectId: string;
  readonly #perSecond: number;
  readonly #rampMs: number | undefined;
  #left = 0;
  #usableAt = 0;
  #reserving: Promise<void> | null = null;

  constructor(
    repository: Pick<ScenarioRepository, 'reserveRate'>,
    {
      projectId,
      perSecond,
      rampMs,
    }: { readonly projectId: string; readonly perSecond: number; readonly rampMs?: number | undefined },
  ) {
    this.#repository = repository;
    this.#projectId = projectId;
    this.#perSecond = perSecond;
    this.#rampMs = rampMs;
  }

  /** How many of `wanted` messages may leave now; where none may, in how many milliseconds it makes sense to ask again. */
  async take(wanted: number): Promise<{ readonly granted: number; readonly waitMs: number }> {
    if (this.#left <= 0 || performance.now() - this.#usableAt > USABLE_FOR) await (this.#reserving ??= this.#reserve());
    const waitMs = this.#usableAt - performance.now();
    if (waitMs > 0 || this.#left <= 0) return { granted: 0, waitMs: Math.max(1, Math.ceil(waitMs)) };
    const granted = Math.min(wanted, this.#left);
    this.#left -= granted;
    return { granted, waitMs: 0 };
  }

  /** Messages that left beyond what was granted, or (negative) did not leave: a notification goes to several devices. */
  correct(messages: number): void {
    this.#left -= messages;
  }

  async #reserve(): Promise<void> {
    try {
      // What is corrected meanwhile counts against the new block.
      const debt = Math.max(0, -this.#left);
      this.#left = -debt;
      const block = blockOf(this.#perSecond);
      const waitMs = await this.#repository.reserveRate(this.#projectId, block + debt, this.#perSecond, this.#rampMs);
      this.#left += block + debt;
      this.#usableAt = performance.now() + waitMs;
    } finally {
      this.#reserving = null;
    }
  }
}
