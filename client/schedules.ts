import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { SCHEDULES, type ScheduleDefinition } from './schedule-definitions.ts';
import { TASK_QUEUE } from './task-queue.ts';

export type ScheduleChange = { readonly schedule_id: string; readonly change: 'created' | 'updated' };

/** A reminder that comes late is worth little: a window missed by more is left out. */
const CATCHUP_WINDOW = '10 minutes';

/**
 * Makes every Schedule be as this build has it. An operator's pause stays; a new Schedule is paused unless `running`.
 * Safe from many places at once.
 */
export async function applySchedules(client: Client, { running = false } = {}): Promise<ScheduleChange[]> {
  const changes: ScheduleChange[] = [];
  for (const definition of SCHEDULES) {
    changes.push({ schedule_id: definition.id, change: await applySchedule(client, definition, running) });
  }
  return changes;
}

async function applySchedule(
  client: Client,
  definition: ScheduleDefinition,
  running: boolean,
): Promise<ScheduleChange['change']> {
  const options = scheduleOptions(definition);
  try {
    await client.schedule.create({
      ...options,
      state: { paused: !running, note: running ? 'Running.' : 'Paused until somebody starts it.' },
    });
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(options.scheduleId).update(({ state }) => ({ ...options, state }));
    return 'updated';
  }
}

function scheduleOptions(definition: ScheduleDefinition) {
  return {
    scheduleId: definition.id,
    spec: { cronExpressions: [definition.cron], timezone: definition.timezone },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCHUP_WINDOW },
    action: {
      type: 'startWorkflow',
      workflowType: definition.workflowType,
      workflowId: definition.id,
      taskQueue: TASK_QUEUE,
      args: [...definition.args],
      workflowExecutionTimeout: definition.executionTimeout,
      typedSearchAttributes: [...definition.searchAttributes],
      staticSummary: definition.summary,
    },
  } satisfies ScheduleOptions;
}

export interface ScheduleRow {
  readonly schedule_id: string;
  readonly paused: boolean;
  readonly cron: string;
  readonly timezone: string;
  readonly next_run_at: string | null;
  readonly last_run_at: string | null;
  /** Runs that were left out because nobody was there within the catch-up window. */
  readonly missed: number;
}

/** Those of this service that exist. */
export async function listSchedules(client: Client): Promise<ScheduleRow[]> {
  const rows: ScheduleRow[] = [];
  for (const { id, cron, timezone } of SCHEDULES) {
    try {
      const { state, info } = await client.schedule.getHandle(id).describe();
      rows.push({
        schedule_id: id,
        paused: state.paused,
        cron,
        timezone,
        next_run_at: info.nextActionTimes[0]?.toISOString() ?? null,
        last_run_at: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
        missed: info.numActionsMissedCatchupWindow,
      });
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  }
  return rows;
}
