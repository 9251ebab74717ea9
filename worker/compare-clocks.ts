import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { clockDifference, describeDifference } from '../db/clock-difference.ts';
import type { Database } from '../db/tables.ts';
import { CLOCK_SKEW } from '../domain/timing.ts';

/** Says in the log by how much the clocks of worker and database differ, as a warning where that is more than they may. */
export async function compareClocks(db: Kysely<Database>, log: Logger, clock?: () => Date): Promise<void> {
  const ms = await clockDifference(db, clock);
  const differs = Math.abs(ms) > CLOCK_SKEW;
  log[differs ? 'warn' : 'info'](
    { clock_ahead_ms: ms },
    `this machine's clock is ${describeDifference(ms)} the database's${differs ? ': keep both by NTP' : ''}`,
  );
}
