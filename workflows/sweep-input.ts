import { workflowInfo } from '@temporalio/workflow';
import { refusal } from '../activities/refusal.ts';
import type { SweepPlan } from '../activities/sweep-plan.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { CodedError } from '../domain/errors.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';

export interface SweepInput {
  /** @default all */
  readonly scenarioTypes?: readonly string[];
  /** ISO instant. @default the nominal time of the Schedule's action, or the start of the workflow */
  readonly asOf?: string;
  /** Notifications that this sweep may send. @default no bound */
  readonly limit?: number;
  /** Send although more than six hours have passed since `asOf`. @default false */
  readonly sendLate?: boolean;
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
  readonly concurrency: number;
  readonly paused: boolean;
  readonly stopping: boolean;
}

export const MOST_FAILURES = 20;
export const MOST_CONCURRENCY = 100;

const MOST = 2_147_483_647;
const DEFAULTS = {
  sendLate: false,
  concurrency: 4,
  mentorsPerBatch: 50_000,
  batchesPerRun: 1_000,
  timezone: 'Europe/Oslo',
} as const;

const isWhole = (least: number, most: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
const isText = (value: unknown) => typeof value === 'string';

/** What each key may hold; the words stand after "expected". */
const KEYS: Readonly<Record<keyof SweepInput, readonly [isFine: (value: unknown) => boolean, expected: string]>> = {
  scenarioTypes: [
    (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
    'a list of scenario types, such as ["inactivity"]',
  ],
  asOf: [isText, 'an ISO 8601 instant such as 2026-11-20T09:00:00Z'],
  limit: [isWhole(0, MOST), 'a whole number, 0 or more'],
  sendLate: [(value) => typeof value === 'boolean', 'true or false'],
  concurrency: [isWhole(1, MOST_CONCURRENCY), `a whole number from 1 to ${MOST_CONCURRENCY}`],
  mentorsPerBatch: [isWhole(1, MOST), 'a whole number, 1 or more'],
  batchesPerRun: [isWhole(1, MOST), 'a whole number, 1 or more'],
  timezone: [isText, 'an IANA name such as Europe/Oslo'],
};

/** The defaults filled in. Throws E_SWEEP_INPUT and E_CONCURRENCY as failures that are not tried again. */
export function readSweepInput(given: unknown): SweepInput & Required<Pick<SweepInput, keyof typeof DEFAULTS>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw wrong(`expected an object such as {"scenarioTypes": ["inactivity"]}, got ${shown(given)}`);
  }
  for (const [key, value] of Object.entries(given)) {
    if (key === 'continued' && isContinued()) continue;
    if (!Object.hasOwn(KEYS, key)) {
      const known = Object.keys(KEYS);
      throw wrong(`${key.slice(0, 80)}: unknown, expected some of ${known.join(', ')}.${didYouMean(key, known)}`);
    }
    const [isFine, expected] = KEYS[key as keyof SweepInput];
    if (value === undefined || isFine(value)) continue;
    if (key === 'concurrency') assertConcurrency('concurrency', value);
    throw wrong(`${key}: expected ${expected}, got ${shown(value)}`);
  }
  return { ...DEFAULTS, ...given };
}

/** Null for a sweep that begins. Only a run that continues another may be handed anything. */
export function readSoFar(input: SweepInput): SweepSoFar | null {
  return isContinued() ? ((input as { continued?: SweepSoFar }).continued ?? null) : null;
}

export function handOver(input: SweepInput, continued: SweepSoFar): SweepInput {
  return { ...input, continued } as SweepInput;
}

export function assertConcurrency(field: string, value: unknown): void {
  const [isFine, expected] = KEYS.concurrency;
  if (isFine(value)) return;
  throw refusal(new CodedError('E_CONCURRENCY', `${field}: expected ${expected}, got ${shown(value)}`));
}

function isContinued(): boolean {
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}

function wrong(what: string) {
  return refusal(new CodedError('E_SWEEP_INPUT', what));
}

/** Who sends a megabyte need not get it back, nor is it to be kept in the history. */
function shown(value: unknown): string {
  const text = String(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
