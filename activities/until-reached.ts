import { setTimeout as sleep } from 'node:timers/promises';
import { waitForInstant } from '../domain/future.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * Waits, less than a minute, for an instant that a slow clock has not reached yet: to be refused as one of the future,
 * the Schedule's sweep of the day would fail for good. Returns the time then.
 */
export async function untilReached(asOf: Date, { clock, log }: Pick<Dependencies, 'clock' | 'log'>): Promise<Date> {
  const wait = waitForInstant({ asOf, now: clock() });
  if (wait > 0) {
    log.warn({ as_of: asOf, wait_ms: wait }, "waiting for as_of: this machine's clock is behind, or as_of is ahead");
    await sleep(wait);
  }
  return clock();
}
