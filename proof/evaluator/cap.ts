import type { Claim, Micros, Policy, Told } from './audience.ts';

const DAY = 86_400_000_000n;

/** What has used up a mentor's attention: counts up while one evaluation goes through her candidates in their order. */
export class Cap {
  readonly #asOf: Micros;
  readonly #max: number | null;
  readonly #window: Micros;
  /** When each of what counts was sent; claims and candidates are taken as of the evaluation. */
  readonly #counted: Micros[] = [];

  constructor(policy: Policy | null, asOf: Micros, told: readonly Told[], claims: readonly Claim[]) {
    this.#asOf = asOf;
    this.#max = policy?.max_notifications ?? null;
    this.#window = BigInt(policy?.per_days ?? 0) * DAY;
    for (const { dispatched_at } of told) if (dispatched_at > asOf - this.#window) this.#counted.push(dispatched_at);
    for (const { state } of claims) if (state === 'open' || state === 'unknown') this.#counted.push(asOf);
  }

  /** A candidate that is sent. */
  count(): void {
    this.#counted.push(this.#asOf);
  }

  /** Null while there is room; else when enough of what was counted is old enough that there will be. */
  fullUntil(): Micros | null {
    const max = this.#max;
    if (max === null || this.#counted.length < max) return null;
    const oldestFirst = this.#counted.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return oldestFirst[this.#counted.length - max]! + this.#window;
  }
}
