import type { PreviewSummary, ScenarioSummary } from '../answers/preview-summary.ts';
import { count } from '../domain/explanation/en/amounts.ts';
import { describeFirstSweep } from '../domain/explanation/first-sweep.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { localTime } from './local-time.ts';
import { printLine } from './output.ts';
import { paint } from './paint.ts';
import { printTable } from './table.ts';

const BAR = 40;

/** `untold`: the types that nobody was ever notified of. */
export function printPreviewSummary(summary: PreviewSummary, untold: readonly string[]): void {
  printLine(`as of ${localTime(summary.asOf)}`);
  printTable(
    ['scenario', 'mentors', 'candidates', 'send', 'deferred', 'suppressed'],
    Object.entries(summary.scenarios).map(([type, s]) => [
      type,
      s.mentors_evaluated,
      s.candidates,
      s.send,
      s.deferred,
      s.candidates - s.send,
    ]),
  );
  for (const [type, scenario] of Object.entries(summary.scenarios)) {
    printChart(type, scenario, summary);
    if (untold.includes(type)) printFirstSweep(type as ScenarioType, scenario, summary.asOf);
  }
}

function printFirstSweep(type: ScenarioType, { send, mentors_evaluated: mentors }: ScenarioSummary, asOf: Date): void {
  // Sweden writes dates as ISO does. Of one timezone where organisations have several: a rule has one date.
  const today = asOf.toLocaleDateString('sv-SE', { timeZone: 'Europe/Oslo' });
  const lines = describeFirstSweep(type, { send, mentors, today });
  for (const line of lines ?? []) printLine(`  ${line}`);
}

function printChart(type: string, scenario: ScenarioSummary, summary: PreviewSummary): void {
  const { send, deferred, suppressed, candidates, mentors_misconfigured: misconfigured } = scenario;
  printLine(`\n${paint('bold', type)}`);
  if (misconfigured > 0) printLine(`  ${count(misconfigured, 'mentor')} left out: their rule cannot be read`);
  if (candidates === 0) return printLine('  nobody is due');
  for (const [verdict, n] of [['send', send] as const, ...Object.entries(suppressed)]) {
    if (n === 0) continue;
    const bar = '█'.repeat(Math.max(1, Math.round((n / candidates) * BAR)));
    printLine(`  ${verdict.padEnd(16)} ${paint(verdict === 'send' ? 'green' : 'yellow', bar)} ${n}`);
  }
  if (deferred > 0) printLine(`  ${deferred} of ${send} wait for the mentors’ hours`);
  for (const [language, { title, body }] of summary.samplesOf(type))
    printLine(`  for example, ${language}  “${title}” ${body}`);
}
