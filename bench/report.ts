import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { printLine, printTable, reasons } from '../cli/output.ts';
import type { Measurement } from './measure.ts';
import type { SweepMeasurement } from './sweep-once.ts';

/** What the figures were measured on and with. */
export function machine() {
  return {
    commit: commit(),
    node: process.version,
    cpus: availableParallelism(),
    cpu: cpus()[0]?.model ?? null,
    memory_gb: Math.round(totalmem() / 1e9),
    /** Over the last minute, the benchmark itself included. */
    load_average: Number(loadavg()[0]!.toFixed(1)),
  };
}

/** For people. */
export function printMeasurement(measured: Measurement): void {
  const { commit, cpus, memory_gb, load_average } = machine();
  const { agreement } = measured;
  const figure = (name: string, of: (sweep: SweepMeasurement) => string | number) => [name, of(measured.first), of(measured.second)] as const;
  printLine(`\n${grouped(measured.mentors)} mentors · commit ${commit} · ${cpus} cores, ${memory_gb} GB · load average ${load_average}`);
  printTable(['', 'first sweep', 'second sweep'], [
    figure('seconds', (s) => (s.wall_ms / 1_000).toFixed(2)),
    figure('mentors a second', (s) => grouped(s.mentors_per_second)),
    figure('notifications sent', (s) => grouped(s.sent)),
    figure('sent a second', (s) => grouped(s.pushes_per_second)),
    figure('workflows', (s) => s.workflows),
    figure('history events', (s) => s.history_events),
    figure('workflows and activities', (s) => s.actions),
  ]);
  for (const [name, sweep] of [['first', measured.first], ['second', measured.second]] as const) {
    printLine(`${name} sweep`);
    printTable(
      ['scenario', 'mentors', 'candidates', 'suppressed', 'sent', 'failed', 'unknown'],
      Object.entries(sweep.scenarios).map(([type, c]) => [type, c.mentors_evaluated, c.candidates, reasons(c.suppressed), c.sent, c.failed, c.unknown]),
    );
  }
  printLine(
    [
      `loaded in ${(measured.load_ms / 1_000).toFixed(1)} s, database ${measured.database_mb} MB`,
      `peak memory of ${measured.workers} worker${measured.workers === 1 ? '' : 's'}: ${measured.worker_peak_rss_mb.map((mb) => `${mb ?? '?'} MB`).join(', ')}`,
      `ledger: ${agreement.requests} requests, ${agreement.deliveries} deliveries of ${agreement.notifications} notifications; ${agreement.records} records: ${agreement.agrees ? 'they agree' : 'THEY DISAGREE'}`,
    ].join('\n'),
  );
}

function commit(): string | null {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--untracked-files=no') ? ' with changes' : ''}`;
  } catch {
    return null; // not a clone, or no git
  }
}

export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
