import type { Audience, PreviewRow, PreviewVisitor } from '../db/preview.ts';
import type { Locale, MessageText } from '../domain/scenarios/definition.ts';
import { count } from '../domain/explanation/amounts.ts';
import { describeFirstSweep } from '../domain/explanation/first-sweep.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { chooseText, localeFor } from '../push/message-text.ts';
import { printLine, printTable } from './output.ts';
import { paint } from './paint.ts';

export interface ScenarioSummary extends Audience {
  candidates: number;
  send: number;
  /** Of those in `send`, how many wait for their hours. */
  deferred: number;
  suppressed: Record<string, number>;
}

const BAR = 40;

/** Counts candidates by verdict, and keeps one text of each scenario in each language that occurs. */
export class PreviewSummary implements PreviewVisitor {
  readonly #asOf: Date;
  readonly scenarios: Record<string, ScenarioSummary> = {};
  readonly #samples = new Map<string, Map<Locale, MessageText>>();

  constructor(asOf: Date) {
    this.#asOf = asOf;
  }

  readonly audience = (scenarioType: ScenarioType, audience: Audience): void => {
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

  toJson() {
    return { summary: { as_of: this.#asOf.toISOString(), scenarios: this.scenarios } };
  }

  /** `untold`: the types that nobody was ever notified of. */
  print(untold: readonly string[] = []): void {
    printLine(`as of ${this.#asOf.toISOString()}`);
    printTable(
      ['scenario', 'mentors', 'candidates', 'send', 'deferred', 'suppressed'],
      Object.entries(this.scenarios).map(([type, s]) => [
        type,
        s.mentors_evaluated,
        s.candidates,
        s.send,
        s.deferred,
        s.candidates - s.send,
      ]),
    );
    for (const [type, summary] of Object.entries(this.scenarios)) {
      this.#printChart(type, summary);
      if (untold.includes(type)) this.#printFirstSweep(type as ScenarioType, summary);
    }
  }

  #printFirstSweep(type: ScenarioType, { send, mentors_evaluated: mentors }: ScenarioSummary): void {
    // Sweden writes dates as ISO does. Of one timezone where organisations have several: a rule has one date.
    const today = this.#asOf.toLocaleDateString('sv-SE', { timeZone: 'Europe/Oslo' });
    const lines = describeFirstSweep(type, { send, mentors, today });
    for (const line of lines ?? []) printLine(`  ${line}`);
  }

  #printChart(type: string, summary: ScenarioSummary): void {
    const { send, deferred, suppressed, candidates, mentors_misconfigured: misconfigured } = summary;
    printLine(`\n${paint('bold', type)}`);
    if (misconfigured > 0) printLine(`  ${count(misconfigured, 'mentor')} left out: their rule cannot be read`);
    if (candidates === 0) return printLine('  nobody is due');
    for (const [verdict, n] of [['send', send] as const, ...Object.entries(suppressed)]) {
      if (n === 0) continue;
      const bar = '█'.repeat(Math.max(1, Math.round((n / candidates) * BAR)));
      printLine(`  ${verdict.padEnd(16)} ${paint(verdict === 'send' ? 'green' : 'yellow', bar)} ${n}`);
    }
    if (deferred > 0) printLine(`  ${deferred} of ${send} wait for the mentors’ hours`);
    const samples = [...this.#samples.get(type)!].sort(([one], [other]) => (one < other ? -1 : 1));
    for (const [language, { title, body }] of samples) printLine(`  for example, ${language}  “${title}” ${body}`);
  }
}
