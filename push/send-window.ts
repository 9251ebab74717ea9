import { SECOND } from '../domain/durations.ts';

/** Messages in doubt while nothing is known of the push service, and at the least once it is known to work. */
export const FEW = 8;

/** Where answers come within this time … */
const QUICK = 10;
/** … the first of them waits this long for the others, so that they are written together. */
const GATHER = 2;

/** How long one sender may keep the whole window while others wait for it. */
export const TURN = SECOND / 5;

/** One request on the wire. */
export interface Departure {
  readonly leftAt: number;
  /** When it began to take up room: its transaction comes before it leaves. */
  readonly begunAt: number;
}

/**
 * How many messages one process may have in doubt, begun and not yet written: no more than the work needs to be done in
 * reasonable time, and no more than the push service bears. It widens by one with each answer while more is needed, which
 * doubles it each round trip, and halves once a round trip at trouble.
 *
 * Those who send take turns: what leaves in one transaction costs the database a fraction of what it costs one by one.
 */
export class SendWindow {
  readonly #most: number;
  readonly #drainWithinMs: number;
  readonly #work = new Map<object, number>();
  /** The most there was to send since there was nothing: the last messages go out as fast as the first. */
  #mostWork = 0;
  readonly #waiting = new Map<object, () => void>();
  #turn: object | null = null;
  #turnSince = -Infinity;
  readonly #hadTurn = new WeakMap<object, number>();
  #width = FEW;
  #inDoubt = 0;
  #cycleMs: number | null = null;
  #wireMs: number | null = null;
  #narrowedAt = -Infinity;

  constructor({ most, drainWithinMs }: { readonly most: number; readonly drainWithinMs: number }) {
    this.#most = most;
    this.#drainWithinMs = drainWithinMs;
  }

  /** Messages begun and not yet written. */
  get inDoubt(): number {
    return this.#inDoubt;
  }

  /** How much a sender has left to send; 0 when it is done. */
  expect(sender: object, messages: number): void {
    if (messages === 0) return this.#leave(sender);
    this.#work.set(sender, messages);
    const work = [...this.#work.values()].reduce((sum, each) => sum + each, 0);
    this.#mostWork = Math.max(this.#mostWork, work);
  }

  /** How many messages a sender may begin in a transaction that writes `writing` of its own. */
  room(sender: object, writing: number): number {
    const free = Math.max(0, this.#target() - this.#inDoubt + writing);
    if (!this.#isTurnOf(sender) && this.#turn !== null && this.#waiting.has(this.#turn)) return 0;
    return free;
  }

  /** Calls `wake` once, when there may be room again. */
  whenFree(sender: object, wake: () => void): void {
    this.#waiting.set(sender, wake);
  }

  left(begunAt = performance.now()): Departure {
    this.#inDoubt++;
    return { leftAt: performance.now(), begunAt };
  }

  /** `isTrouble`: an answer that asks for less, or none at all. */
  answered({ leftAt, begunAt }: Departure, isTrouble: boolean): void {
    const now = performance.now();
    if (isTrouble) {
      // What left before the last narrowing knows nothing of it.
      if (leftAt <= this.#narrowedAt) return;
      this.#narrowedAt = now;
      this.#width = Math.max(1, Math.floor(this.#width / 2));
      return;
    }
    this.#cycleMs = averaged(this.#cycleMs, now - begunAt);
    this.#wireMs = averaged(this.#wireMs, now - leftAt);
    if (this.#width < this.#needed()) this.#width = Math.min(this.#most, this.#width + 1);
  }

  /** Milliseconds for which answers are gathered before they are written: a hardly longer doubt for far fewer commits. */
  get gatherMs(): number {
    return this.#wireMs !== null && this.#wireMs < QUICK ? GATHER : 0;
  }

  /** What so many messages came to is durable, or they never left. */
  written(messages: number): void {
    this.#inDoubt -= messages;
    if (messages > 0) this.#wakeAll();
  }

  /**
   * Whoever comes when nobody has the turn gets it; one that has lasted goes to whoever had theirs longest ago. Who has the
   * turn and does not want it keeps nobody else from sending.
   */
  #isTurnOf(sender: object): boolean {
    const now = performance.now();
    if (this.#turn === null) this.#giveTurn(sender, now);
    else if (now - this.#turnSince >= TURN) {
      const others = [...this.#work.keys()].filter((each) => each !== this.#turn);
      const next = others.toSorted(
        (a, b) => (this.#hadTurn.get(a) ?? -Infinity) - (this.#hadTurn.get(b) ?? -Infinity),
      )[0];
      if (next) this.#giveTurn(next, now);
    }
    return this.#turn === sender;
  }

  #giveTurn(sender: object, now: number): void {
    this.#turn = sender;
    this.#turnSince = now;
    this.#hadTurn.set(sender, now);
  }

  #leave(sender: object): void {
    this.#work.delete(sender);
    if (this.#work.size === 0) this.#mostWork = 0;
    this.#waiting.delete(sender);
    if (this.#turn === sender) this.#turn = null;
    this.#wakeAll();
  }

  /** Whose turn it is first, the others in the order in which they found it full. */
  #wakeAll(): void {
    const waiting = [...this.#waiting].sort(([a], [b]) => Number(b === this.#turn) - Number(a === this.#turn));
    for (const [sender, wake] of waiting) {
      // The others still wait while this one looks.
      if (this.#waiting.delete(sender)) wake();
    }
  }

  #needed(): number {
    return Math.max(FEW, Math.ceil((this.#mostWork * (this.#cycleMs ?? 0)) / this.#drainWithinMs));
  }

  #target(): number {
    return Math.min(this.#width, this.#needed(), this.#most);
  }
}

function averaged(average: number | null, value: number): number {
  return average === null ? value : average + (value - average) / 16;
}
