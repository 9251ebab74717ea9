import type { Kysely } from 'kysely';
import { DEFAULT_BRAKE, type Brake, type BrakeState } from '../domain/brake.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { all, first } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** Whether what a sweep claims of a scenario type may leave. */
export interface BrakeRow {
  readonly state: BrakeState;
  /** About how many notifications there are, and how many there usually are; null while nothing was decided. */
  readonly expected: number | null;
  readonly usual: number | null;
  /** How many finished sweeps `usual` is the median of; 0: it is a tenth of the mentors evaluated. */
  readonly sweeps: number | null;
  readonly braked_at: Date | null;
  readonly answered_at: Date | null;
}

/** Sweeps that share their batches share the brake. */
export interface BrakeKey {
  readonly planKey: string;
  readonly scenarioType: ScenarioType;
}

export interface BrakeTimes {
  readonly now: Date;
  /** Milliseconds after which what nobody answered is withdrawn. */
  readonly answerWithinMs: number;
}

type Asked = Pick<BrakeRow, 'state' | 'answered_at'> & {
  readonly plan_key: string;
  readonly scenario_type: ScenarioType;
};

const plan = statementFromFile('plan-brake');
const ask = statementFromFile<Asked>('ask-brake');
const lock = statementFromFile('lock-brake');
const decide = statementFromFile<BrakeRow>('decide-brake');

/** Registers a brake before anything is evaluated. `brake` null: nothing of the plan is braked. */
export async function planBrake(
  db: Kysely<Database>,
  { planKey, scenarioType }: BrakeKey,
  of: {
    readonly brake: Brake | null;
    readonly batches: number;
    readonly mentors: number;
    readonly allowance: number | null;
    readonly now: Date;
  },
): Promise<void> {
  await all(db, plan, {
    plan_key: planKey,
    scenario_type: scenarioType,
    is_off: of.brake === null,
    batches: of.batches,
    mentors: of.mentors,
    allowance: of.allowance,
    ...(of.brake ?? DEFAULT_BRAKE),
    now: of.now,
  });
}

/**
 * Whether what a batch has claimed may leave; decided now if it was not. Null: no brake concerns it. One look-up once it
 * is decided.
 */
export async function askBrake(
  db: Kysely<Database>,
  batchKey: string,
  times: BrakeTimes,
): Promise<Pick<BrakeRow, 'state' | 'answered_at'> | null> {
  const asked = await first(db, ask, { batch_key: batchKey });
  if (!asked) return null;
  if (asked.state !== 'undecided' && asked.state !== 'braked') return asked;
  return lookAtBrake(db, { planKey: asked.plan_key, scenarioType: asked.scenario_type }, null, times);
}

/** Decides about a brake if that can be done now, and answers it where it is open. Null where there is none. */
export async function lookAtBrake(
  db: Kysely<Database>,
  { planKey, scenarioType }: BrakeKey,
  answer: 'released' | 'withdrawn' | null,
  { now, answerWithinMs }: BrakeTimes,
): Promise<BrakeRow | null> {
  return inTransaction(db, async (tx) => {
    const key = { plan_key: planKey, scenario_type: scenarioType };
    await all(tx, lock, key);
    const unanswered_since = new Date(now.getTime() - answerWithinMs);
    return (await first(tx, decide, { ...key, now, unanswered_since, answer })) ?? null;
  });
}
