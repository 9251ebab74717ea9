import type { ScheduleRow } from '../client/schedule-rows.ts';
import { SECOND } from '../domain/durations.ts';

/** Without Temporal there are days instead of times: worth no longer wait. A server that is there may be busy. */
const CONNECTS_WITHIN = 5 * SECOND;
const ANSWERS_WITHIN = 10 * SECOND;

/** The Schedules of this service; null where no server answers in time. */
export async function readSchedules(): Promise<ScheduleRow[] | null> {
  try {
    return await askServer();
  } catch {
    return null;
  }
}

async function askServer(): Promise<ScheduleRow[]> {
  // Not before they are needed: loading them takes longer than most commands.
  const { connectTemporal } = await import('../client/connect-temporal.ts');
  const { listSchedules } = await import('../client/schedule-rows.ts');
  const { client, close } = await connectTemporal([], CONNECTS_WITHIN);
  try {
    return await client.withDeadline(Date.now() + ANSWERS_WITHIN, () => listSchedules(client));
  } finally {
    await close();
  }
}
