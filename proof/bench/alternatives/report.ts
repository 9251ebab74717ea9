import { printLine } from '../../../cli/output.ts';
import { printTable } from '../../../cli/table.ts';
import { grouped, machine } from '../report.ts';
import type { Measurement } from './measure.ts';

export interface Circumstances {
  readonly mentors: number;
  readonly due_percent: number;
  readonly seed: number;
  readonly latency_ms: number;
  readonly due: number;
}

type Column = readonly [head: string, cell: (measured: Measurement, baseline: Measurement | undefined) => string];

const times = (measured: Measurement, baseline: Measurement | undefined) =>
  baseline ? `${(measured.wall_ms / baseline.wall_ms).toFixed(1)} ×` : '–';

const COLUMNS: readonly Column[] = [
  ['', ({ title }) => title],
  ['seconds', ({ wall_ms }) => (wall_ms / 1_000).toFixed(2)],
  ['time', times],
  ['CPU seconds', ({ cpu_seconds }) => cpu_seconds?.toFixed(1) ?? '?'],
  ['mentors/s', ({ mentors_per_second }) => grouped(mentors_per_second)],
  ['sent', ({ sent }) => grouped(sent)],
  ['records', ({ records }) => grouped(records)],
  ['as the evaluator says', ({ agrees }) => (agrees ? 'yes' : 'NO')],
  ['statements a mentor', ({ statements_per_mentor }) => String(statements_per_mentor)],
  ['peak memory', ({ peak_rss_mb }) => peak_rss_mb.map((mb) => `${mb ?? '?'} MB`).join(' + ')],
  ['requests in flight, at most', ({ in_flight }) => String(in_flight)],
];

const CRASH_COLUMNS: readonly Column[] = [
  ['', ({ title }) => title],
  ['seconds, restart included', ({ wall_ms }) => (wall_ms / 1_000).toFixed(2)],
  ['sent', ({ sent }) => grouped(sent)],
  ['sent twice', ({ sent_twice }) => grouped(sent_twice)],
  ['missed', ({ missed }) => grouped(missed)],
  ['held for a person', ({ held }) => grouped(held)],
  ['marked as unknown', ({ marked_unknown }) => grouped(marked_unknown)],
  ['without a record', ({ without_record }) => grouped(without_record)],
  ['requests in flight, at most', ({ in_flight }) => String(in_flight)],
];

/** The table, for people or for a page of Markdown. */
export function printComparison(
  measurements: readonly Measurement[],
  circumstances: Circumstances,
  { markdown }: { markdown: boolean },
): void {
  const { commit, cpus, memory_gb, load_average } = machine();
  const { mentors, due, due_percent, seed, latency_ms } = circumstances;
  const isKilled = measurements.some(({ is_killed }) => is_killed);
  const columns = isKilled ? CRASH_COLUMNS : COLUMNS;
  const baseline = measurements.find(({ name }) => name === 'scenario-push');
  const head = columns.map(([name]) => name);
  const rows = measurements.map((measured) => columns.map(([, cell]) => cell(measured, baseline)));
  printLine(
    `${markdown ? '' : '\n'}${grouped(mentors)} mentors, ${grouped(due)} notifications due (seed ${seed}, ${due_percent} %), ` +
      `answers after ${latency_ms} ms${isKilled ? ', killed when half had arrived' : ''} · commit ${commit} · ${cpus} cores, ${memory_gb} GB · load average ${load_average}\n`,
  );
  if (!markdown) return printTable(head, rows, Infinity);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  printLine([line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n'));
}
