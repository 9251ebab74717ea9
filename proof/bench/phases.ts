import { FLOOR_PHASES, type Floor, type FloorPhase } from './floor.ts';
import type { SweepMeasurement } from './sweep-once.ts';
import type { StatementTime } from './statement-times.ts';

/** Which statements belong to what the floor measures; the others (transactions, look-ups of a moment) are its `rest`. */
const STATEMENTS: Readonly<Record<FloorPhase, RegExp>> = {
  planning: /^(count-mentors|start-run)$/,
  evaluate: /^(claim-candidates|cooldown-buckets) |^(open-batch|read-batch|lock-buckets)$/,
  begin: /^(begin-attempts|become-holder|has-undecided|stale-claims|reserve-rate)$/,
  learn: /^(learn-outcomes|settle-held)$/,
  settle: /^(settle-claims|settle-these-claims|count-batch)$/,
  counting: /^count-run$/,
};

export type StatementPhases = Readonly<Record<FloorPhase | 'rest', number>>;

/** Milliseconds of a sweep's statements by phase, as PostgreSQL saw them, added up over all connections. */
export function statementPhases(times: readonly StatementTime[]): StatementPhases {
  const sums: Record<string, number> = Object.fromEntries([...FLOOR_PHASES, 'rest'].map((phase) => [phase, 0]));
  for (const { statement, ms } of times)
    sums[FLOOR_PHASES.find((each) => STATEMENTS[each].test(statement)) ?? 'rest']! += ms;
  return Object.fromEntries(Object.entries(sums).map(([phase, ms]) => [phase, Math.round(ms)])) as StatementPhases;
}

/** How many times as long as the bare statements: 1.2 is a fifth more. Null where the floor took no time worth comparing. */
export interface Ratios {
  readonly planning: number | null;
  readonly evaluation: number | null;
  /** Sending included, which has no floor in the database. */
  readonly dispatch: number | null;
  readonly counting: number | null;
  /** Wall over wall. */
  readonly in_all: number | null;
  /** PostgreSQL's processor time over its processor time. */
  readonly postgres_cpu: number | null;
}

export function ratiosTo(
  floor: Floor,
  sweep: Pick<SweepMeasurement, 'wall_ms' | 'activities' | 'cpu_seconds'>,
): Ratios {
  const busy = (type: string) => sweep.activities.by_type[type]?.busy_ms ?? 0;
  const { planning, evaluate, begin, learn, settle, counting } = floor.busy_ms;
  return {
    planning: ratio(busy('planSweep'), planning),
    evaluation: ratio(busy('evaluateBatch'), evaluate),
    dispatch: ratio(busy('dispatchBatch'), begin + learn + settle),
    counting: ratio(busy('countSweep'), counting),
    in_all: ratio(sweep.wall_ms, floor.wall_ms),
    postgres_cpu: ratio(sweep.cpu_seconds['postgres'] ?? null, floor.postgres_cpu_seconds),
  };
}

function ratio(part: number | null, whole: number | null): number | null {
  return part !== null && whole !== null && whole > 0 ? Math.round((part / whole) * 100) / 100 : null;
}
