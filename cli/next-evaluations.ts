import type { ScheduleRow } from '../client/schedule-rows.ts';
import { SECOND } from '../domain/durations.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';

/** Without Temporal there are days instead of times: worth no longer wait. A server that is there may be busy. */
const CONNECTS_WITHIN = 5 * SECOND;
const ANSWERS_WITHIN = 10 * SECOND;

export interface Firing {
  readonly at: Date;
  readonly isPaused: boolean;
}

/**
 * When the Schedule of each type next fires, at or after the type's instant. Null where no server answers in time; a type
 * is absent where its Schedule is, or fires at times that cannot be told.
 */
export async function nextFirings(wanted: ReadonlyMap<ScenarioType, Date>): Promise<Map<ScenarioType, Firing> | null> {
  if (wanted.size === 0) return new Map();
  const schedules = await readSchedules().catch(() => null);
  if (!schedules) return null;
  const { nextFiring } = await import('../client/cron.ts');
  const firings = new Map<ScenarioType, Firing>();
  for (const [type, from] of wanted) {
    const schedule = schedules.find(({ schedule_id }) => schedule_id === `sweep-${type}`);
    const at = schedule && nextFiring(schedule.cron, schedule.timezone, from);
    if (at) firings.set(type, { at, isPaused: schedule.paused });
  }
  return firings;
}

async function readSchedules(): Promise<ScheduleRow[]> {
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
