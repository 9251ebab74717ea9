import { readFileSync } from 'node:fs';
import { env } from 'node:process';
import type { SendingTimes } from '../../domain/timing.ts';
import type { SabotageName } from './sabotage/names.ts';

/** Where, in the work of one batch, a worker can be ended or frozen. */
export const POINTS = [
  'before_claim',
  'after_claim',
  'after_begin',
  'mid_request',
  'after_answer',
  'after_outcome',
  'after_record',
  'before_report',
] as const;
export type Point = (typeof POINTS)[number];

export interface ArmedPoint {
  /** Fires once in a run, in whichever worker gets there first. */
  readonly id: string;
  readonly point: Point;
  /** How often a worker passes the point before. */
  readonly skip: number;
  readonly action: 'kill' | 'freeze';
  /** Milliseconds. */
  readonly freezeMs: number;
}

/** `product`: the service's own times, but for retries that take hours. `short`: all that can be passed is shorter. */
export type Timing = 'product' | 'short';

export interface Times extends Partial<SendingTimes> {
  /** Milliseconds after which a request without an answer is of unknown outcome; absent = the service's own. */
  readonly answerDeadlineMs?: number;
  /** What a 429 without Retry-After asks for; absent = the service's own. */
  readonly quotaPauseMs?: number;
  /** Age of claims without a workflow that settleStrandedClaims takes up; absent = the service's own. */
  readonly strandedAfterSeconds?: number;
}

export const TIMES: Readonly<Record<Timing, Times>> = {
  product: {
    unknownRetryDelaysMs: [10_000, 20_000, 20_000, 20_000],
    refusedRetryDelaysMs: [1_000, 5_000, 10_000],
    strandedAfterSeconds: 4,
  },
  short: {
    unknownRetryDelaysMs: [300, 1_000, 2_000, 3_000],
    refusedRetryDelaysMs: [200, 500, 1_000],
    answerDeadlineMs: 1_500,
    // What was begun leaves within two seconds; then the answer, and writing it down.
    holderGraceMs: 4_500,
    checkAgainAfterMs: 3_000,
    firstPauseMs: 500,
    longestPauseMs: 3_000,
    quotaPauseMs: 1_000,
    handOverAfterMs: 4_000,
    strandedAfterSeconds: 4,
  },
};

/** What the workers of one run are told, in a file. */
export interface WorkerSettings {
  readonly folder: string;
  readonly times: Times;
  readonly points: readonly ArmedPoint[];
  /** Requests in flight at most. */
  readonly concurrency: number;
  readonly latencyMs: number;
  readonly sabotage: SabotageName | null;
}

export const SETTINGS_VARIABLE = 'CHAOS_SETTINGS';

export function readSettings(): WorkerSettings {
  return JSON.parse(readFileSync(env[SETTINGS_VARIABLE] ?? '', 'utf8')) as WorkerSettings;
}
