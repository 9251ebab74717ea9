import { SECOND } from '../domain/durations.ts';

const TICK = SECOND;

/**
 * Tells a holder that it was frozen for longer than its lease, so that it stops sending what another has taken over.
 * A process that wakes up may run its timers before or after its requests; both orders are noticed.
 */
export class HolderWatch {
  readonly #clock: () => Date;
  readonly #leaseMs: number;
  readonly #timer: NodeJS.Timeout;
  #lastTick: number;
  #lost = false;

  /** `onTick` runs about once a second while the holder lives. */
  constructor(clock: () => Date, leaseMs: number, onTick: () => void = () => {}) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#lastTick = clock().getTime();
    this.#timer = setInterval(() => {
      if (this.isLost()) return;
      this.#lastTick = clock().getTime();
      onTick();
    }, TICK);
    this.#timer.unref();
  }

  isLost(): boolean {
    this.#lost ||= this.#clock().getTime() - this.#lastTick > this.#leaseMs;
    return this.#lost;
  }

  /** Somebody else holds it now. */
  lose(): void {
    this.#lost = true;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
