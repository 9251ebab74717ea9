import type { PreviewRow, PreviewVisitor } from '../db/preview.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { PreviewSummary } from './preview-summary.ts';

export interface Difference {
  readonly change: 'added' | 'dropped';
  readonly user_id: string;
  readonly scenario_type: ScenarioType;
  readonly occurrence: string;
}

/** How many would be told, by the rules in force and by those proposed. */
export interface RuleChange {
  readonly sendNow: number;
  readonly sendThen: number;
  readonly added: number;
  readonly dropped: number;
}

/**
 * Who would be told by proposed rules and not by those in force, and the reverse. Remembers, one scenario type at a time,
 * who would be told now, and the first `keep` differences.
 */
export class RuleComparison {
  readonly #before: PreviewSummary;
  readonly #after: PreviewSummary;
  readonly #keep: number;
  readonly #onDifference: ((difference: Difference) => void) | undefined;
  readonly #changes = new Map<ScenarioType, { added: number; dropped: number }>();
  readonly #kept: Difference[] = [];
  #type: ScenarioType | null = null;
  #toldNow = new Set<string>();

  constructor(asOf: Date, options: { keep?: number; onDifference?: (difference: Difference) => void } = {}) {
    this.#before = new PreviewSummary(asOf);
    this.#after = new PreviewSummary(asOf);
    this.#keep = options.keep ?? 0;
    this.#onDifference = options.onDifference;
  }

  /** By the rules in force: all of a type, or of a part of its mentors, comes before {@link after} sees these. */
  readonly before: PreviewVisitor = {
    audience: (type, audience) => {
      this.finish();
      this.#type = type;
      if (!this.#changes.has(type)) this.#changes.set(type, { added: 0, dropped: 0 });
      this.#before.audience(type, audience);
    },
    candidate: (type, row) => {
      this.#before.candidate(type, row);
      if (row.reason === null) this.#toldNow.add(keyOf(row));
    },
  };

  readonly after: PreviewVisitor = {
    audience: (type, audience) => this.#after.audience(type, audience),
    candidate: (type, row) => {
      this.#after.candidate(type, row);
      if (row.reason === null && !this.#toldNow.delete(keyOf(row))) this.#note('added', type, keyOf(row));
    },
  };

  /** Who is left would not be told any more. To be called at the end. */
  finish(): void {
    for (const key of this.#toldNow) this.#note('dropped', this.#type!, key);
    this.#toldNow = new Set();
  }

  /** By type. */
  get changes(): readonly (readonly [ScenarioType, RuleChange])[] {
    return [...this.#changes].map(([type, { added, dropped }]) => [
      type,
      { sendNow: this.#before.scenarios[type]!.send, sendThen: this.#after.scenarios[type]!.send, added, dropped },
    ]);
  }

  /** The first of them, as they came. */
  get differences(): readonly Difference[] {
    return this.#kept;
  }

  toJson() {
    const scenarios = Object.fromEntries(
      this.changes.map(([type, { sendNow, added, dropped }]) => [
        type,
        { ...this.#after.scenarios[type]!, send_before: sendNow, added, dropped },
      ]),
    );
    return { summary: { ...this.#after.toJson().summary, scenarios } };
  }

  #note(change: Difference['change'], scenario_type: ScenarioType, key: string): void {
    this.#changes.get(scenario_type)![change]++;
    const [user_id, ...occurrence] = key.split(' ');
    const difference: Difference = { change, user_id: user_id!, scenario_type, occurrence: occurrence.join(' ') };
    this.#onDifference?.(difference);
    if (this.#kept.length < this.#keep) this.#kept.push(difference);
  }
}

function keyOf({ user_id, occurrence }: PreviewRow): string {
  return `${user_id} ${occurrence}`;
}
