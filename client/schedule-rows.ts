import type { Client } from '@temporalio/client';
import { cronOf } from './cron.ts';
import { ownSchedules } from './schedules.ts';

/** What `schedules list` shows of one. Instants are ISO 8601. */
export interface ScheduleRow {
  readonly schedule_id: string;
  readonly paused: boolean;
  /** What the operator said about it. */
  readonly note: string;
  readonly cron: string;
  readonly timezone: string;
  readonly next_run_at: string | null;
  readonly last_run_at: string | null;
  /** Ids of workflows that it has started and that have not ended. */
  readonly running: readonly string[];
  /** Runs that were left out because nobody was there within the catch-up window. */
  readonly missed: number;
  /** Runs that were left out because the one before had not ended. */
  readonly overlapped: number;
}

/** The Schedules of this service as the server has them. */
export async function listSchedules(client: Client): Promise<ScheduleRow[]> {
  return (await ownSchedules(client)).map(({ scheduleId, state, spec, info }) => ({
    schedule_id: scheduleId,
    paused: state.paused,
    note: state.note ?? '',
    cron: cronOf(spec),
    timezone: spec.timezone || 'UTC',
    next_run_at: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    last_run_at: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
    running: info.runningActions.map((action) => action.workflow.workflowId),
    missed: info.numActionsMissedCatchupWindow,
    overlapped: info.numActionsSkippedOverlap,
  }));
}
