import { SECOND } from '../domain/durations.ts';
import type { DeliveryCounts } from '../domain/sweep.ts';
import type { DispatchSettings } from './dependencies.ts';
import type { DispatchReport } from './dispatch-batch.ts';

/** What a dispatch came to; `wait` where notifications are left that may be tried later. */
export interface DispatchResult extends DeliveryCounts {
  /** Nothing may leave until somebody answers; the sweep runs the batch again then. */
  readonly isBraked?: true;
  readonly wait?: DispatchWait;
}

export interface DispatchWait {
  /** Milliseconds until it makes sense to go on. */
  readonly ms: number;
  /** Notifications that wait; `unknown` or `deferred` counts them as well. */
  readonly notifications: number;
  /** For people. */
  readonly why: string;
  /** The sweep should not wait for it: it is long, or for mentors' hours alone. */
  readonly isLong: boolean;
  /** Where it is for mentors' hours alone: the ISO instant at which the first of these begin. */
  readonly hoursBegin?: string;
}

type WaitSettings = Pick<DispatchSettings, 'handOverAfterMs'>;

/** While an operator has halted all sending, or another worker has the batch. */
const LOOK_AGAIN_MS = 30 * SECOND;

/** What is left of a batch waits for its next try, for its mentors' hours, or for the end of what stopped it. Null: nothing is left. */
export function waitOf({ counts, stop }: DispatchReport, settings: WaitSettings): DispatchWait | null {
  const { unknown, open, deferred, deferred_until } = counts;
  const hoursBegin = deferred_until?.toISOString();
  if (unknown + open > 0) {
    const ms = Math.max(waitMsOf(counts, stop), SECOND);
    const why = hoursBegin
      ? `${whyOf(counts, stop)}; ${deferred} of them wait for their mentors' hours, the first until ${hoursBegin}`
      : whyOf(counts, stop);
    return { ms, notifications: unknown + open + deferred, why, isLong: ms > settings.handOverAfterMs };
  }
  if (!hoursBegin) return null;
  // A halt, or a push service that is away, does not matter before.
  const ms = Math.max(counts.next_ms ?? 0, SECOND);
  return { ms, notifications: deferred, why: "their mentors' hours begin then", isLong: true, hoursBegin };
}

function waitMsOf({ next_ms }: DispatchReport['counts'], stop: DispatchReport['stop']): number {
  if (!stop) return next_ms ?? 0;
  return ['closed', 'braked', 'database too slow'].includes(stop.why) ? stop.waitMs : LOOK_AGAIN_MS;
}

function whyOf({ unknown }: DispatchReport['counts'], stop: DispatchReport['stop']): string {
  if (stop?.why === 'halted') return `an operator has halted all sending: ${stop.reason}`;
  if (stop?.why === 'closed') return `the push service is closed (${stop.reason})`;
  if (stop?.why === 'braked') return 'there may be far more than usual';
  if (stop?.why === 'database too slow') return 'the database is too slow';
  if (stop) return 'another worker has taken the batch over';
  return unknown > 0 ? 'their outcome is unknown, and they are tried again' : 'they were refused, and are tried again';
}
