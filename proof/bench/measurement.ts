import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import type { Agreement } from './compare-records.ts';
import type { BareSend } from './compare-sending.ts';
import type { Floor } from './floor.ts';
import type { Ratios } from './phases.ts';
import type { SweepMeasurement } from './sweep-once.ts';

/** The audience, and the instant that it is swept at. */
export interface Subject {
  readonly mentors: number;
  readonly due_percent: number;
  readonly seed: number;
  readonly scenario_types: readonly ScenarioType[];
  readonly as_of: string;
}

/** `cold`: the server has just started; `warm`: a preview of everybody has read what there is to read. */
export interface SweepOfAudience extends Subject {
  readonly kind: 'sweep';
  readonly start: 'cold' | 'warm';
  readonly workers: number;
  /** Of the audience, whenever that was; migrations not included. */
  readonly load_ms: number;
  readonly database_mb: number;
  readonly sweep: SweepMeasurement;
  /** Of an instant a minute later, when those who were due have been told. */
  readonly next_minute: SweepMeasurement;
  readonly agreement: Agreement;
  /** Of each worker process over both sweeps; null where /proc does not tell. */
  readonly worker_peak_rss_mb: readonly (number | null)[];
}

export interface FloorOfAudience extends Subject {
  readonly kind: 'floor';
  /** Null: there is no psql, neither in PGBIN nor in PATH. */
  readonly floor: Floor | null;
  /** Of the warm sweep with the first number of workers. */
  readonly ratios: Ratios | null;
  readonly agrees: boolean;
}

export interface SendingOfAudience extends Subject {
  readonly kind: 'sending';
  readonly workers: number;
  /** Until the push service answers. */
  readonly latency_ms: number;
  /** With as many messages in flight as dispatch had on average. */
  readonly bare: BareSend;
  /** Beside evaluation, answers at once, the rate rising; null where answers take time. */
  readonly in_sweep: Rate | null;
  /** With all claims made before, and the whole rate from the beginning. */
  readonly alone: Rate & {
    readonly in_flight: number;
    readonly postgres_ms_per_message: number;
    readonly cpu_seconds: Readonly<Record<string, number | null>>;
  };
  /** `alone` to `bare`; the goal is 0.95. */
  readonly ratio: number;
}

/** Over the time in which dispatch ran. */
export interface Rate {
  readonly messages: number;
  readonly ms: number;
  readonly per_second: number;
}

export type Measurement = SweepOfAudience | FloorOfAudience | SendingOfAudience;
