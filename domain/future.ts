import { UsageError } from './errors.ts';
import { CLOCK_SKEW, LONGEST_AHEAD } from './timing.ts';

/**
 * What has not come yet can be previewed, not sent: a record of the future would keep the mentor silent until then.
 * Throws E_AS_OF_IN_THE_FUTURE for an instant later than now by more than clocks may disagree.
 */
export function refuseTheFuture({ asOf, now }: { readonly asOf: Date; readonly now: Date }): void {
  if (asOf.getTime() <= now.getTime() + CLOCK_SKEW) return;
  throw new UsageError(
    'E_AS_OF_IN_THE_FUTURE',
    `asOf is ${asOf.toISOString()}, later than now (${now.toISOString()})`,
    {
      fix: `use "scenario-push preview --as-of ${asOf.toISOString()}" to see what would be sent`,
    },
  );
}

/** How long to wait, in milliseconds, for an instant that this machine's clock has not reached because it is slow. */
export function waitForInstant({ asOf, now }: { readonly asOf: Date; readonly now: Date }): number {
  const ahead = asOf.getTime() - now.getTime();
  return ahead > CLOCK_SKEW && ahead < LONGEST_AHEAD ? ahead : 0;
}
