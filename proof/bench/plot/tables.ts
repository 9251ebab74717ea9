import type { FloorOfAudience, SendingOfAudience, SweepOfAudience } from '../measurement.ts';
import type { Result } from '../results.ts';

/** The results as a page of Markdown. */
export function tables(results: readonly Result[]): string {
  const of = <K extends Result['kind']>(kind: K) =>
    results.filter((result): result is Extract<Result, { kind: K }> => result.kind === kind);
  const [sweeps, floors, sending] = [of('sweep'), of('floor'), of('sending')];
  const sections = [
    ['Sweeps', sweeps.length > 0 && sweepTable(sweeps)],
    ['Processor seconds of a sweep', sweeps.length > 0 && processorTable(sweeps)],
    ['What Temporal is left with', sweeps.length > 0 && temporalTable(sweeps)],
    ['The same statements bare', floors.length > 0 && floorTable(floors)],
    ['Sending', sending.length > 0 && sendingTable(sending)],
    ['Where and when', runTable(results)],
  ] as const;
  const body = sections.flatMap(([title, table]) => (table ? [`## ${title}\n\n${table}`] : []));
  return `# Results of the benchmark\n\nWritten by \`npm run bench:report\`; [benchmarks](../benchmarks.md) says what the columns mean.\n\n${body.join('\n\n')}\n`;
}

function sweepTable(sweeps: readonly SweepOfAudience[]): string {
  return markdown(
    [
      'mentors',
      'due',
      'workers',
      'server',
      'seconds',
      'planning',
      'evaluation',
      'dispatch',
      'counting',
      'Temporal',
      'mentors/s',
      'sent',
      'sent/s',
      'a minute later',
      'peak memory, MB',
    ],
    sweeps.map(({ mentors, due_percent, workers, start, sweep, next_minute, worker_peak_rss_mb }) => {
      const busy = (type: string) => seconds(sweep.activities.by_type[type]?.busy_ms ?? 0);
      return [
        grouped(mentors),
        `${due_percent} %`,
        workers,
        start,
        `**${seconds(sweep.wall_ms)}**`,
        busy('planSweep'),
        busy('evaluateBatch'),
        busy('dispatchBatch'),
        busy('countSweep'),
        seconds(sweep.activities.none_ms),
        grouped(sweep.mentors_per_second),
        grouped(sweep.sent),
        grouped(sweep.pushes_per_second),
        seconds(next_minute.wall_ms),
        worker_peak_rss_mb.map((mb) => mb ?? '?').join(', '),
      ];
    }),
  );
}

function processorTable(sweeps: readonly SweepOfAudience[]): string {
  return markdown(
    ['mentors', 'due', 'workers', 'server', 'PostgreSQL', 'workers together', 'Temporal', 'emulator'],
    sweeps.map(({ mentors, due_percent, workers, start, sweep: { cpu_seconds } }) => {
      const of = (name: string) => cpu_seconds[name]?.toFixed(2) ?? '?';
      return [
        grouped(mentors),
        `${due_percent} %`,
        workers,
        start,
        of('postgres'),
        workersOf(cpu_seconds).toFixed(2),
        of('temporal'),
        of('emulator'),
      ];
    }),
  );
}

function temporalTable(sweeps: readonly SweepOfAudience[]): string {
  const once = sweeps.filter(({ workers, start }) => workers === 1 && start === 'warm');
  return markdown(
    [
      'mentors',
      'due',
      'workflows',
      'events in their histories',
      'workflows and activities started',
      'wait for a worker: mean, ms',
      'at worst, ms',
    ],
    once.map(({ mentors, due_percent, sweep: { workflows, history_events, actions, activities } }) => {
      const types = Object.values(activities.by_type);
      const waited = types.reduce((sum, each) => sum + each.wait_mean_ms * each.runs, 0);
      const runs = types.reduce((sum, each) => sum + each.runs, 0);
      return [
        grouped(mentors),
        `${due_percent} %`,
        workflows,
        grouped(history_events),
        actions,
        Math.round(waited / runs),
        Math.max(...types.map((each) => each.wait_max_ms)),
      ];
    }),
  );
}

function floorTable(floors: readonly FloorOfAudience[]): string {
  return markdown(
    [
      'mentors',
      'due',
      'evaluation',
      'begin',
      'learn',
      'settle',
      'in all, wall',
      'a warm sweep: evaluation',
      'dispatch, sending included',
      'in all',
      "PostgreSQL's processor time",
    ],
    floors.map(({ mentors, due_percent, floor, ratios }) => {
      const of = [grouped(mentors), `${due_percent} %`];
      if (!floor || !ratios) return [...of, ...Array.from({ length: 9 }, () => 'no psql')];
      const { evaluate, begin, learn, settle } = floor.busy_ms;
      const times = (ratio: number | null) => (ratio === null ? '–' : `${ratio} ×`);
      return [
        ...of,
        ...[evaluate, begin, learn, settle].map(seconds),
        `**${seconds(floor.wall_ms)}**`,
        times(ratios.evaluation),
        times(ratios.dispatch),
        `**${times(ratios.in_all)}**`,
        times(ratios.postgres_cpu),
      ];
    }),
  );
}

function sendingTable(sending: readonly SendingOfAudience[]): string {
  return markdown(
    [
      'mentors',
      'due',
      'messages',
      'answers after',
      'in flight',
      "firebase-admin's send() alone, messages/s",
      'dispatch alone',
      'dispatch beside evaluation',
      'alone to send()',
      'processor ms a message: send()',
      'a worker, all it does',
      'PostgreSQL',
    ],
    sending.map(({ mentors, due_percent, latency_ms, bare, alone, in_sweep, ratio }) => [
      grouped(mentors),
      `${due_percent} %`,
      grouped(alone.messages),
      `${latency_ms} ms`,
      alone.in_flight,
      grouped(bare.per_second),
      grouped(alone.per_second),
      in_sweep ? grouped(in_sweep.per_second) : '',
      `**${Math.round(ratio * 100)} %**`,
      perMessage(bare.cpu_seconds, bare.messages),
      perMessage(workersOf(alone.cpu_seconds), alone.messages),
      alone.postgres_ms_per_message,
    ]),
  );
}

function runTable(results: readonly Result[]): string {
  return markdown(
    ['mentors', 'due', 'what', 'measured at', 'commit', 'processor', 'cores', 'memory, GB', 'load average'],
    results.map((result) => [
      grouped(result.mentors),
      `${result.due_percent} %`,
      result.kind === 'sweep'
        ? `${result.start}, ${result.workers} worker${result.workers === 1 ? '' : 's'}`
        : result.kind,
      `${result.measured_at.slice(0, 16)}Z`,
      result.commit ?? '?',
      result.cpu ?? '?',
      result.cpus,
      result.memory_gb,
      result.load_average,
    ]),
  );
}

/** NaN where one is not known. */
function workersOf(cpuSeconds: Readonly<Record<string, number | null>>): number {
  return Object.entries(cpuSeconds).reduce(
    (sum, [name, seconds]) => (name.startsWith('worker') ? sum + (seconds ?? NaN) : sum),
    0,
  );
}

function perMessage(cpuSeconds: number, messages: number): string {
  return ((cpuSeconds * 1_000) / messages).toFixed(2);
}

function markdown(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---:').join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2);
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
