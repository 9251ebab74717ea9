import { refusal } from '../activities/refusal.ts';
import type { SweepPlan } from '../activities/sweep-plan.ts';
import { BRAKE_EXPECTED, isBrakeSetting, type BrakeSetting } from '../domain/brake.ts';
import { CodedError } from '../domain/errors.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import {
  assertKnown,
  instant,
  isContinued,
  isObject,
  MOST,
  scenarioTypes,
  shown,
  text,
  whole,
  type Fields,
} from './read-input.ts';
import type { BrakesSoFar } from './sweep-brakes.ts';

export interface SweepInput {
  /** @default all */
  readonly scenarioTypes?: readonly string[];
  /** ISO instant. @default the nominal time of the Schedule's action, or the start of the workflow */
  readonly asOf?: string;
  /** Notifications that this sweep may send. @default no bound */
  readonly limit?: number;
  /** Send although more than six hours have passed since `asOf`. @default false */
  readonly sendLate?: boolean;
  /** When a type is braked; false: never. @default three times as many as usual, and more than 100 */
  readonly brake?: BrakeSetting;
  /** Batches in flight, 1..100. @default 4 */
  readonly concurrency?: number;
  /** @default 50_000: fastest of five sizes over a million mentors */
  readonly mentorsPerBatch?: number;
  /** Batches before the sweep continues as new. @default 1_000: about six events each, and Temporal warns at 10,240 */
  readonly batchesPerRun?: number;
  /** What EvaluationDate is a date in. @default Europe/Oslo */
  readonly timezone?: string;
}

/** What a sweep hands itself when it continues as new. */
export interface SweepSoFar {
  readonly asOf: string;
  readonly plan: SweepPlan;
  readonly next: number;
  readonly done: number;
  /** Batches. Absent in a hand-over of a build that counted `failures`. */
  readonly failed?: number;
  /** Of the first that failed, {@link MOST_FAILURES} at most. */
  readonly failures: readonly string[];
  readonly counts: Readonly<Record<string, ScenarioCounts>>;
  /** Numbers of the batches that this sweep ran and that have deferred notifications. Absent in a hand-over of a build before. */
  readonly deferring?: readonly number[];
  readonly concurrency: number;
  readonly paused: boolean;
  readonly stopping: boolean;
  /** Absent in a hand-over of a build that knew of no brake. */
  readonly brakes?: BrakesSoFar;
}

export const MOST_FAILURES = 20;
export const MOST_CONCURRENCY = 100;

const DEFAULTS = {
  sendLate: false,
  concurrency: 4,
  mentorsPerBatch: 50_000,
  batchesPerRun: 1_000,
  timezone: 'Europe/Oslo',
} as const;

const FIELDS: Fields<SweepInput> = {
  scenarioTypes,
  asOf: instant,
  limit: whole(0, MOST),
  sendLate: [(value) => typeof value === 'boolean', 'true or false'],
  brake: [isBrakeSetting, BRAKE_EXPECTED],
  concurrency: whole(1, MOST_CONCURRENCY),
  mentorsPerBatch: whole(1, MOST),
  batchesPerRun: whole(1, MOST),
  timezone: text('an IANA name such as Europe/Oslo'),
};

/** The defaults filled in. Throws E_SWEEP_INPUT and E_CONCURRENCY as failures that are not tried again. */
export function readSweepInput(given: unknown): SweepInput & Required<Pick<SweepInput, keyof typeof DEFAULTS>> {
  if (!isObject(given))
    throw wrong(`expected an object such as {"scenarioTypes": ["inactivity"]}, got ${shown(given)}`);
  const { continued: _, ...input } = given;
  assertKnown(isContinued() ? input : given, Object.keys(FIELDS), wrong);
  for (const [name, value] of Object.entries(input)) {
    const [isFine, expected] = FIELDS[name as keyof SweepInput];
    if (value === undefined || isFine(value)) continue;
    if (name === 'concurrency') assertConcurrency(name, value);
    throw wrong(`${name}: expected ${expected}, got ${shown(value)}`);
  }
  return { ...DEFAULTS, ...given };
}

/** Null for a sweep that begins. */
export function readSoFar(input: SweepInput): SweepSoFar | null {
  return isContinued() ? ((input as { continued?: SweepSoFar }).continued ?? null) : null;
}

export function handOver(input: SweepInput, continued: SweepSoFar): SweepInput {
  return { ...input, continued } as SweepInput;
}

export function assertConcurrency(field: string, value: unknown): void {
  const [isFine, expected] = FIELDS.concurrency;
  if (isFine(value)) return;
  throw refusal(new CodedError('E_CONCURRENCY', `${field}: expected ${expected}, got ${shown(value)}`));
}

function wrong(what: string): Error {
  return refusal(new CodedError('E_SWEEP_INPUT', what));
}
