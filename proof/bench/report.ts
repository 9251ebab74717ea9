import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { printLine } from '../../cli/output.ts';
import { reasons } from '../../cli/sweep-result.ts';
import { printTable } from '../../cli/table.ts';
import type { FloorOfAudience, Measurement, SendingOfAudience, SweepOfAudience } from './measurement.ts';
import type { SweepMeasurement } from './sweep-once.ts';

/** Of the code that is measured: what is changed meanwhile is not. */
const COMMIT = commit();

/** What the figures were measured on and with. */
export function machine() {
  return {
    commit: COMMIT,
    measured_at: new Date().toISOString(),
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
  const { commit: of, cpus: cores, memory_gb, load_average } = machine();
  printLine(
    `\n${grouped(measured.mentors)} mentors, ${measured.due_percent} % due · commit ${of} · ${cores} cores, ${memory_gb} GB · load average ${load_average}`,
  );
  switch (measured.kind) {
    case 'sweep':
      return printSweep(measured);
    case 'floor':
      return printFloor(measured);
    case 'sending':
      return printSending(measured);
  }
}

function printSweep(measured: SweepOfAudience): void {
  const { agreement, workers } = measured;
  const ofWorkers = `${workers} worker${workers === 1 ? '' : 's'}`;
  const figure = (name: string, of: (sweep: SweepMeasurement) => string | number) =>
    [name, of(measured.sweep), of(measured.next_minute)] as const;
  const busy =
    (type: string) =>
    ({ activities }: SweepMeasurement) =>
      seconds(activities.by_type[type]?.busy_ms ?? 0);
  printTable(
    ['', `${measured.start} sweep, ${ofWorkers}`, 'a minute later'],
    [
      figure('seconds', (s) => seconds(s.wall_ms)),
      figure('  planning', busy('planSweep')),
      figure('  evaluation and claim, added up', busy('evaluateBatch')),
      figure('  dispatch and record, added up', busy('dispatchBatch')),
      figure('  counting', busy('countSweep')),
      figure('  no activity running: Temporal', (s) => seconds(s.activities.none_ms)),
      figure('mentors a second', (s) => grouped(s.mentors_per_second)),
      figure('notifications sent', (s) => grouped(s.sent)),
      figure('sent a second', (s) => grouped(s.pushes_per_second)),
      figure('workflows', (s) => s.workflows),
      figure('history events', (s) => s.history_events),
      figure('workflows and activities', (s) => s.actions),
      figure('processor seconds', (s) =>
        Object.entries(s.cpu_seconds)
          .map(([name, cpu]) => `${name} ${cpu ?? '?'}`)
          .join('\n'),
      ),
    ],
  );
  printTable(
    ['statement', 'calls', 'seconds in PostgreSQL, added up'],
    measured.sweep.statements.map(({ statement, calls, ms }) => [statement, calls, seconds(ms)]),
  );
  printTable(
    ['scenario', 'mentors', 'candidates', 'suppressed', 'sent', 'failed', 'unknown'],
    Object.entries(measured.sweep.scenarios).map(([type, c]) => [
      type,
      c.mentors_evaluated,
      c.candidates,
      reasons(c.suppressed),
      c.sent,
      c.failed,
      c.unknown,
    ]),
  );
  printLine(
    [
      `loaded in ${seconds(measured.load_ms)} s (once), database ${measured.database_mb} MB`,
      `peak memory of ${ofWorkers}: ${measured.worker_peak_rss_mb.map((mb) => `${mb ?? '?'} MB`).join(', ')}`,
      `ledger: ${agreement.requests} requests, ${agreement.deliveries} deliveries of ${agreement.notifications} notifications; ${agreement.records} records: ${agreement.agrees ? 'they agree' : 'THEY DISAGREE'}`,
    ].join('\n'),
  );
}

function printFloor({ floor, ratios, agrees }: FloorOfAudience): void {
  if (!floor || !ratios) return printLine('no floor: there is no psql, neither in PGBIN nor in PATH');
  const { planning, evaluate, begin, learn, settle, counting } = floor.busy_ms;
  const times = (ratio: number | null) => (ratio === null ? '' : `${ratio} ×`);
  printTable(
    ['', 'the statements bare, seconds', 'the sweep took'],
    [
      ['planning', seconds(planning), times(ratios.planning)],
      ['evaluation and claim, added up', seconds(evaluate), times(ratios.evaluation)],
      ['dispatch and record, added up', seconds(begin + learn + settle), `${times(ratios.dispatch)}, sending included`],
      ['  beginning attempts', seconds(begin), ''],
      ['  learning outcomes', seconds(learn), ''],
      ['  settling', seconds(settle), ''],
      ['counting', seconds(counting), times(ratios.counting)],
      ['in all, wall', seconds(floor.wall_ms), times(ratios.in_all)],
      ["PostgreSQL's processor time", floor.postgres_cpu_seconds?.toFixed(2) ?? '?', times(ratios.postgres_cpu)],
    ],
  );
  printLine(
    `${floor.sessions} sessions of psql, ${grouped(floor.statements)} statements; ${floor.claimed} claimed, ${floor.recorded} recorded: ${agrees ? 'as many as the sweep claimed' : 'NOT THE WORK OF THE SWEEP'}`,
  );
}

function printSending({ bare, in_sweep, alone, ratio, latency_ms }: SendingOfAudience): void {
  printTable(
    [`answers after ${latency_ms} ms`, 'messages', 'in flight', 'seconds', 'a second'],
    [
      ["firebase-admin's send() alone", bare.messages, alone.in_flight, seconds(bare.ms), bare.per_second],
      ['dispatch, claims made before', alone.messages, alone.in_flight, seconds(alone.ms), alone.per_second],
      ...(in_sweep
        ? [['dispatch in a sweep, beside evaluation', in_sweep.messages, '', seconds(in_sweep.ms), in_sweep.per_second]]
        : []),
    ],
  );
  printLine(
    `dispatch reaches ${Math.round(ratio * 100)} % of what send() alone does; a message takes ${alone.postgres_ms_per_message} ms in PostgreSQL`,
  );
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2);
}

function commit(): string | null {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--untracked-files=no', '--', ':(top,exclude)docs') ? ' with changes' : ''}`;
  } catch {
    return null; // not a clone, or no git
  }
}

export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
