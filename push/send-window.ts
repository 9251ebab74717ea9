/** Messages in flight while nothing is known of the push service, and at the least once it is known to work. */
export const FEW = 8;

/** One request on the wire. */
export interface Departure {
  readonly leftAt: number;
  /** When it was begun: its transaction comes before it leaves. */
  readonly begunAt: number;
  answeredAt: number | null;
}

/**
 * Milliseconds, the most that counts of the time until an answer is written: a database that stands still is no reason to
 * have more in doubt.
 */
const LONGEST_WRITING = 50;

/**
 * How many messages one process may have in flight: no more than the work needs to be done in reasonable time, and no
 * more than the push service bears. It widens by one with each answer while more is needed, which doubles it each round
 * trip, and halves once a round trip at trouble.
 *
 * Everybody who sends shares it evenly.
 */
export class SendWindow {
  readonly #most: number;
  readonly #drainWithinMs: number;
  readonly #work = new Map<object, number>();
  /** The most there was to send since there was nothing: the last messages go out as fast as the first. */
  #mostWork = 0;
  #waiting = new Map<object, () => void>();
  #width = FEW;
  #inFlight = 0;
  #cycleMs: number | null = null;
  #narrowedAt = -Infinity;

  constructor({ most, drainWithinMs }: { readonly most: number; readonly drainWithinMs: number }) {
    this.#most = most;
    this.#drainWithinMs = drainWithinMs;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How much a sender has left to send, 0 when it is done; and how much there is with what comes after it. */
  expect(sender: object, messages: number, withWhatFollows = messages): void {
    if (messages === 0) return this.#leave(sender);
    this.#work.set(sender, messages);
    const work = [...this.#work.values()].reduce((sum, each) => sum + each, 0);
    this.#mostWork = Math.max(this.#mostWork, work, withWhatFollows);
  }

  /** How many more messages a sender may let out now, given how many of its own are in flight. */
  room(sender: object, own: number): number {
    const free = this.#target() - this.#inFlight;
    const share = Math.max(1, Math.ceil(this.#target() / Math.max(1, this.#work.size))) - own;
    return Math.max(0, Math.min(free, this.#work.size > 1 ? share : free));
  }

  /** Calls `wake` once, when there may be room again. */
  whenFree(sender: object, wake: () => void): void {
    this.#waiting.set(sender, wake);
  }

  left(begunAt = performance.now()): Departure {
    this.#inFlight++;
    return { leftAt: performance.now(), begunAt, answeredAt: null };
  }

  /** `isTrouble`: an answer that asks for less, or none at all. */
  answered(departure: Departure, isTrouble: boolean): void {
    const now = performance.now();
    departure.answeredAt = now;
    this.#inFlight--;
    if (isTrouble) {
      // What left before the last narrowing knows nothing of it.
      if (departure.leftAt > this.#narrowedAt) {
        this.#narrowedAt = now;
        this.#width = Math.max(1, Math.floor(this.#width / 2));
      }
    } else if (this.#width < this.#needed()) this.#width = Math.min(this.#most, this.#width + 1);
    this.#wakeAll();
  }

  /** Its answer is durable, and what took its place has begun: so long a message takes, be the push service ever so quick. */
  written({ begunAt, answeredAt }: Departure): void {
    const now = performance.now();
    const answered = answeredAt ?? now;
    const took = answered - begunAt + Math.min(now - answered, LONGEST_WRITING);
    this.#cycleMs = this.#cycleMs === null ? took : this.#cycleMs + (took - this.#cycleMs) / 16;
  }

  /** It did not leave after all. */
  returned(_departure: Departure): void {
    this.#inFlight--;
    this.#wakeAll();
  }

  #leave(sender: object): void {
    this.#work.delete(sender);
    if (this.#work.size === 0) this.#mostWork = 0;
    this.#waiting.delete(sender);
    // The others' shares have grown.
    this.#wakeAll();
  }

  /** In the order in which they found it full. */
  #wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const wake of waiting.values()) wake();
  }

  #needed(): number {
    return Math.max(FEW, Math.ceil((this.#mostWork * (this.#cycleMs ?? 0)) / this.#drainWithinMs));
  }

  #target(): number {
    return Math.min(this.#width, this.#needed(), this.#most);
  }
}
