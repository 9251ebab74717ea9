import { listSchedules, type ScheduleRow } from '../../../client/schedule-rows.ts';
import type { ScenarioType } from '../../../domain/scenarios/registry.ts';
import { sweepScheduleId } from '../../../domain/scenarios/sweep-schedule-id.ts';
import { askTemporal } from '../../ask-temporal.ts';
import type { ConsoleContext } from '../../env.ts';
import type { Html } from '../../layout.ts';
import type { ConsoleServices } from '../../services.ts';

/** The Schedules; null where the Temporal server does not answer. */
export async function readSchedules(services: ConsoleServices): Promise<readonly ScheduleRow[] | null> {
  return askTemporal(services, listSchedules);
}

/** When the Schedule of a type starts its next sweep. */
export function nextTime(
  c: ConsoleContext,
  type: ScenarioType,
  schedules: readonly ScheduleRow[] | null,
): Html | string {
  const words = c.get('words').today;
  if (!schedules) return words.unknown;
  const schedule = schedules.find(({ schedule_id }) => schedule_id === sweepScheduleId(type));
  if (!schedule) return words.noSchedule;
  if (schedule.paused) return words.paused;
  return schedule.next_run_at === null ? words.noSchedule : c.get('when').at(schedule.next_run_at);
}
