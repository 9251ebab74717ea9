import type { Audience, PreviewRow, PreviewVisitor } from '../db/preview.ts';
import type { Locale, MessageText } from '../domain/scenarios/definition.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { chooseText, localeFor } from '../push/message-text.ts';

export interface ScenarioSummary {
  mentors_evaluated: number;
  mentors_misconfigured: number;
  candidates: number;
  send: number;
  /** Of those in `send`, how many wait for their hours. */
  deferred: number;
  suppressed: Record<string, number>;
}

/** Counts candidates by verdict, and keeps one text of each scenario in each language that occurs. */
export class PreviewSummary implements PreviewVisitor {
  readonly asOf: Date;
  readonly scenarios: Record<string, ScenarioSummary> = {};
  readonly #samples = new Map<string, Map<Locale, MessageText>>();

  constructor(asOf: Date) {
    this.asOf = asOf;
  }

  /** Of each part of the mentors. */
  readonly audience = (scenarioType: ScenarioType, audience: Audience): void => {
    const known = this.scenarios[scenarioType];
    if (known) {
      known.mentors_evaluated += audience.mentors_evaluated;
      known.mentors_misconfigured += audience.mentors_misconfigured;
      return;
    }
    this.scenarios[scenarioType] = { ...audience, candidates: 0, send: 0, deferred: 0, suppressed: {} };
    this.#samples.set(scenarioType, new Map());
  };

  readonly candidate = (scenarioType: ScenarioType, row: PreviewRow): void => {
    const summary = this.scenarios[scenarioType]!;
    summary.candidates++;
    if (row.reason !== null) {
      summary.suppressed[row.reason] = (summary.suppressed[row.reason] ?? 0) + 1;
      return;
    }
    summary.send++;
    if (row.send_at !== null) summary.deferred++;
    const samples = this.#samples.get(scenarioType)!;
    const language = localeFor(row.locale);
    if (!samples.has(language))
      samples.set(language, chooseText(scenarioType, language, row.message_values, row.messages).text);
  };

  /** A text of a type in each language that occurs, by language. */
  samplesOf(scenarioType: string): readonly (readonly [Locale, MessageText])[] {
    return [...(this.#samples.get(scenarioType) ?? [])].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  toJson() {
    return { summary: { as_of: this.asOf.toISOString(), scenarios: this.scenarios } };
  }
}
