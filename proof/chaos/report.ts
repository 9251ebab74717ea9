import Table from 'cli-table3';
import type { Policy } from './plan.ts';
import type { RunResult } from './run.ts';
import { add, isKillOrFreeze, total, type Tally } from './tally.ts';

export interface Summary {
  readonly runs: number;
  readonly policy: Policy;
  readonly runs_with_product_times: number;
  readonly faults: Tally;
  readonly faults_fired: number;
  readonly kills_and_freezes: number;
  /** Of the push service alone. */
  readonly bad_answers: number;
  readonly due: number;
  readonly sent_once: number;
  readonly sent_again_explained: number;
  readonly unexplained_duplicates: number;
  readonly held: number;
  readonly held_unsent: number;
  readonly refused: number;
  readonly withdrawn: number;
  readonly missed: number;
  readonly violations: number;
  readonly seconds: number;
}

export function summarise(results: readonly RunResult[], policy: Policy, seconds: number): Summary {
  const faults: Tally = {};
  for (const { tally } of results) add(faults, tally);
  const sum = (value: (result: RunResult) => number) => results.reduce((all, result) => all + value(result), 0);
  return {
    runs: results.length,
    policy,
    runs_with_product_times: results.filter(({ plan }) => plan.timing === 'product').length,
    faults: Object.fromEntries(Object.entries(faults).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    faults_fired: total(faults),
    kills_and_freezes: total(faults, isKillOrFreeze),
    bad_answers: total(faults, (kind) => kind.startsWith('push service')),
    due: sum((r) => r.due),
    sent_once: sum((r) => r.sentOnce),
    sent_again_explained: sum((r) => r.sentAgain),
    unexplained_duplicates: sum((r) => r.unexplained),
    held: sum((r) => r.held),
    held_unsent: sum((r) => r.heldUnsent),
    refused: sum((r) => r.refused),
    withdrawn: sum((r) => r.withdrawn),
    missed: sum((r) => r.missed),
    violations: sum((r) => r.violations.length),
    seconds: Math.round(seconds),
  };
}

export function printSummary(summary: Summary): string {
  const table = new Table({ style: { head: [], border: [] } });
  table.push(
    [
      'runs',
      `${summary.runs}, ${summary.runs_with_product_times} of them with the service's own times; on_unknown = ${summary.policy}`,
    ],
    ['faults that fired', String(summary.faults_fired)],
    ['of them kills and freezes of processes', String(summary.kills_and_freezes)],
    ['of them answers of the push service', String(summary.bad_answers)],
    ...Object.entries(summary.faults).map(([kind, times]) => [`  ${kind}`, String(times)]),
    ['notifications due', String(summary.due)],
    ['recorded, sent once', String(summary.sent_once)],
    ['recorded, sent again after an unknown', String(summary.sent_again_explained)],
    ['recorded as held, and never left', String(summary.held_unsent)],
    ['held for an operator (in the three above)', String(summary.held)],
    ['definitely refused, or no device left', String(summary.refused)],
    ['withdrawn: opted out, left, active again', String(summary.withdrawn)],
    ['unexplained duplicates', String(summary.unexplained_duplicates)],
    ['missed', String(summary.missed)],
    ['violations of any rule', String(summary.violations)],
    ['wall time', `${summary.seconds} s`],
  );
  return table.toString();
}
