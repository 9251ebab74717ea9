import type { SweepPlan } from '../activities/sweep-plan.ts';
import { describeBraked } from '../domain/brake.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import type { SweepProgress } from './sweep-messages.ts';

/** Markdown for the Web UI, while a sweep runs and after it. */
export function describeSweep({
  as_of,
  state,
  planned,
  in_flight,
  done,
  failed,
  concurrency,
  braked = {},
  scenarios,
}: SweepProgress): string {
  return [
    `**${state}** · as of ${as_of} · ${done} of ${planned} batches done, ${in_flight} in flight (${concurrency} at most), ${failed} failed`,
    ...(state === 'paused' ? ['', 'No further batch starts until signal `resume`, or `stop`.'] : []),
    ...Object.entries(braked).flatMap(([type, brake]) => [
      '',
      `**${type} is braked**: ${describeBraked(brake)}. Nothing of it has left. Signal \`resume\` sends it, \`stop\` withdraws it; without an answer it is withdrawn at ${brake.until}.`,
    ]),
    '',
    countsTable(scenarios),
  ].join('\n');
}

/** A row for each scenario type. */
export function countsTable(scenarios: Readonly<Record<string, ScenarioCounts>>): string {
  const rows = Object.entries(scenarios).map(
    ([type, c]) =>
      `| ${type} | ${c.mentors_evaluated} | ${c.candidates} | ${c.claimed} | ${c.sent} | ${c.failed} | ${c.unknown} | ${c.deferred ?? 0} | ${c.withdrawn ?? 0} |`,
  );
  return [
    '| scenario | mentors | candidates | claimed | sent | failed | unknown | deferred | withdrawn |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** `inactivity · 2026-11-20 · batch 3 of 40 · 5,000 mentors`; the mentors are spread evenly, give or take. */
export function batchSummary(plan: SweepPlan, scenarioType: string, index: number): string {
  const mentors = Math.round(plan.mentors / plan.batches);
  const position = `batch ${index + 1} of ${plan.batches * plan.scenarioTypes.length}`;
  return `${scenarioType} · ${plan.evaluationDate} · ${position} · ${grouped(mentors)} ${mentors === 1 ? 'mentor' : 'mentors'}`;
}

/** 5000 → 5,000. By hand: what a locale makes of a number may change with the runtime. */
export function grouped(n: number): string {
  return String(n).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
