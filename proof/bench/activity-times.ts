/** One activity as its workflow's history tells of it; milliseconds. */
export interface ActivityRun {
  readonly type: string;
  readonly scheduledAt: number;
  /** Of the last attempt. */
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface TimesOfType {
  readonly runs: number;
  /** Added up over all of them; more than the wall where several ran at once. */
  readonly busy_ms: number;
  /** In which at least one ran. */
  readonly wall_ms: number;
  /** From being scheduled until a worker began: on average, and at worst. */
  readonly wait_mean_ms: number;
  readonly wait_max_ms: number;
}

export interface ActivityTimes {
  readonly by_type: Readonly<Record<string, TimesOfType>>;
  /** From the first event of the sweep to its last. */
  readonly span_ms: number;
  /** In which at least one activity of any type ran. */
  readonly any_ms: number;
  /** In which none ran: what only Temporal, and the workflows' own code, can have spent. */
  readonly none_ms: number;
}

export function summarise(runs: readonly ActivityRun[], spanMs: number): ActivityTimes {
  const any = unionOf(runs);
  return {
    by_type: Object.fromEntries([...Map.groupBy(runs, (run) => run.type)].map(([type, its]) => [type, timesOf(its)])),
    span_ms: Math.round(spanMs),
    any_ms: Math.round(any),
    none_ms: Math.round(spanMs - any),
  };
}

function timesOf(runs: readonly ActivityRun[]): TimesOfType {
  const waits = runs.map((run) => run.startedAt - run.scheduledAt);
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return {
    runs: runs.length,
    busy_ms: Math.round(sum(runs.map((run) => run.endedAt - run.startedAt))),
    wall_ms: Math.round(unionOf(runs)),
    wait_mean_ms: Math.round(sum(waits) / runs.length),
    wait_max_ms: Math.round(Math.max(...waits)),
  };
}

/** How long at least one of them ran. */
export function unionOf(runs: readonly Pick<ActivityRun, 'startedAt' | 'endedAt'>[]): number {
  let [total, until] = [0, -Infinity];
  for (const { startedAt, endedAt } of runs.toSorted((a, b) => a.startedAt - b.startedAt)) {
    total += Math.max(0, endedAt - Math.max(startedAt, until));
    until = Math.max(until, endedAt);
  }
  return total;
}
