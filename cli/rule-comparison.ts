import type { PreviewRow, PreviewVisitor } from '../db/preview.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { printLine, printTable } from './output.ts';
import { PreviewSummary } from './preview-summary.ts';

export interface Difference {
  readonly change: 'added' | 'dropped';
  readonly user_id: string;
  readonly scenario_type: ScenarioType;
  readonly occurrence: string;
}

const MOST_PRINTED = 20;

/**
 * Who would be told by proposed rules and not by those in force, and the reverse. Remembers, one scenario type at a time,
 * who would be told now.
 */
export class RuleComparison {
  readonly #before: PreviewSummary;
  readonly #after: PreviewSummary;
  readonly #onDifference: ((difference: Difference) => void) | undefined;
  readonly #changes = new Map<ScenarioType, { added: number; dropped: number }>();
  readonly #printed: Difference[] = [];
  #type: ScenarioType | null = null;
  #toldNow = new Set<string>();

  constructor(asOf: Date, onDifference?: (difference: Difference) => void) {
    this.#before = new PreviewSummary(asOf);
    this.#after = new PreviewSummary(asOf);
    this.#onDifference = onDifference;
  }

  /** By the rules in force: all of a type comes before {@link after} sees that type. */
  readonly before: PreviewVisitor = {
    audience: (type, audience) => {
      this.finish();
      this.#type = type;
      this.#changes.set(type, { added: 0, dropped: 0 });
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

  toJson() {
    const scenarios = Object.fromEntries(
      Object.entries(this.#after.scenarios).map(([type, summary]) => [
        type,
        { ...summary, send_before: this.#before.scenarios[type]!.send, ...this.#changes.get(type as ScenarioType) },
      ]),
    );
    return { summary: { ...this.#after.toJson().summary, scenarios } };
  }

  print(): void {
    printTable(
      ['scenario', 'send now', 'send then', 'added', 'dropped'],
      [...this.#changes].map(([type, { added, dropped }]) => [
        type,
        this.#before.scenarios[type]!.send,
        this.#after.scenarios[type]!.send,
        added,
        dropped,
      ]),
    );
    for (const { change, user_id, scenario_type, occurrence } of this.#printed) {
      printLine(`  ${change.padEnd(8)} ${scenario_type} ${user_id} ${occurrence}`.trimEnd());
    }
    const all = [...this.#changes.values()].reduce((sum, { added, dropped }) => sum + added + dropped, 0);
    if (all > this.#printed.length) printLine(`  and ${all - this.#printed.length} more: --json lists them all`);
  }

  #note(change: Difference['change'], scenario_type: ScenarioType, key: string): void {
    this.#changes.get(scenario_type)![change]++;
    const [user_id, ...occurrence] = key.split(' ');
    const difference: Difference = { change, user_id: user_id!, scenario_type, occurrence: occurrence.join(' ') };
    this.#onDifference?.(difference);
    if (this.#printed.length < MOST_PRINTED) this.#printed.push(difference);
  }
}

function keyOf({ user_id, occurrence }: PreviewRow): string {
  return `${user_id} ${occurrence}`;
}
