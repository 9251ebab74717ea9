import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Braked } from '../domain/brake.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';

/** What `progress` answers. Counts are those of the batches that are done. */
export interface SweepProgress {
  readonly as_of: string;
  /** `stopped`: ended before every batch was started. */
  readonly state: 'planning' | 'running' | 'paused' | 'braked' | 'stopping' | 'stopped' | 'finished';
  /** Batches. */
  readonly planned: number;
  readonly in_flight: number;
  readonly done: number;
  readonly failed: number;
  readonly concurrency: number;
  /** Types of which nothing leaves until `resume` or `stop`: there is far more to send than usual. Absent without any. */
  readonly braked?: Readonly<Record<string, Braked>>;
  readonly scenarios: Readonly<Record<string, ScenarioCounts>>;
}

export const pause = defineSignal('pause');
export const resume = defineSignal('resume');
export const stop = defineSignal('stop');
export const progress = defineQuery<SweepProgress>('progress');
export const setConcurrency = defineUpdate<number, [number]>('setConcurrency');
