import { readFileSync } from 'node:fs';
import { env } from 'node:process';
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

/** `product`: the service's own time-outs. `short`: each shortened in proportion, so that a run takes seconds. */
export type Timing = 'product' | 'short';

/** What the workers of one run are told, in a file. */
export interface WorkerSettings {
  readonly folder: string;
  readonly timing: Timing;
  readonly points: readonly ArmedPoint[];
  readonly pageSize: number;
  readonly concurrency: number;
  readonly latencyMs: number;
  readonly workflowBundle: string;
  readonly sabotage: SabotageName | null;
}

export const SETTINGS_VARIABLE = 'CHAOS_SETTINGS';

export function readSettings(): WorkerSettings {
  return JSON.parse(readFileSync(env[SETTINGS_VARIABLE] ?? '', 'utf8')) as WorkerSettings;
}
