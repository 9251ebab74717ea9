import type { Failures } from '../db/list-runs.ts';
import { count } from '../domain/explanation/en/amounts.ts';
import type { ScenarioCounts, SweepResult } from '../domain/sweep.ts';
import { localTime } from './local-time.ts';
import { printLine } from './output.ts';
import { paint } from './paint.ts';

/** `failures` by scenario type; what is not there is not broken down. */
export function printSweepResult(result: SweepResult, failures: Readonly<Record<string, Failures>> = {}): void {
  printLine(`as of ${localTime(result.as_of)}`);
  for (const [type, counts] of Object.entries(result.scenarios)) {
    printLine(`\n${paint('bold', type)}, ${count(counts.mentors_evaluated, 'mentor')}`);
    printLine(funnel(counts, failures[type]));
  }
}

/** What became of a scenario's candidates, a line each: a number, and under a total what it contains. */
export function funnel(counts: ScenarioCounts, failures: Failures = {}): string {
  const { candidates, claimed, sent, mentors_misconfigured: misconfigured } = counts;
  const lines: (readonly [n: number, what: string])[] = [
    [candidates, 'candidates'],
    ...parts(counts.suppressed),
    [claimed, 'claimed'],
    [sent, 'sent'],
    ...some(counts.failed, 'failed'),
    ...parts(failures),
    ...some(counts.unknown, 'unknown'),
    ...some(counts.deferred, 'deferred'),
    ...some(counts.withdrawn, 'withdrawn'),
  ];
  return [
    ...lines.map(([n, what]) => `${String(n).padStart(9)}  ${what}`),
    ...(misconfigured > 0 ? [`  ${count(misconfigured, 'mentor')} left out: their rule cannot be read`] : []),
  ].join('\n');
}

function some(n: number | undefined, what: string): [number, string][] {
  return n ? [[n, what]] : [];
}

function parts(counts: Readonly<Record<string, number | undefined>>): [number, string][] {
  return Object.entries(counts).flatMap(([reason, n]) => some(n, `  ${reason}`));
}

/** `35 cooldown, 23 opted_out`; `0`. */
export function reasons(counts: Readonly<Record<string, number | undefined>>): string {
  const texts = Object.entries(counts).map(([reason, n]) => `${n} ${reason}`);
  return texts.length > 0 ? texts.join(', ') : '0';
}
