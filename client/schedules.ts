import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { SCENARIO_TYPES, SCENARIOS, type ScenarioType } from '../domain/scenarios/registry.ts';
import { SCENARIO_TYPE } from '../workflows/search-attributes.ts';
import type { SweepInput } from '../workflows/scenario-sweep.ts';
import { TASK_QUEUE } from './task-queue.ts';

export type ScheduleChange = { readonly schedule_id: string; readonly change: 'created' | 'updated' };

/** A reminder that comes late is worth little: a window missed by more is left out. */
const CATCHUP_WINDOW = '10 minutes';
/** Ends before the next day's sweep is due: a sweep that hangs would otherwise let every later one be skipped. */
const EXECUTION_TIMEOUT = '20 hours';

export const scheduleId = (scenarioType: ScenarioType): string => `sweep-${scenarioType}`;

/**
 * Makes one Schedule per scenario type be as this build has it. An operator's pause stays; a new Schedule is paused
 * unless `running`. Safe from many places at once.
 */
export async function applySchedules(client: Client, { running = false } = {}): Promise<ScheduleChange[]> {
  const changes: ScheduleChange[] = [];
  for (const scenarioType of SCENARIO_TYPES) {
    changes.push({ schedule_id: scheduleId(scenarioType), change: await applySchedule(client, scenarioType, running) });
  }
  return changes;
}

async function applySchedule(client: Client, scenarioType: ScenarioType, running: boolean): Promise<'created' | 'updated'> {
  const options = scheduleOptions(scenarioType);
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

function scheduleOptions(scenarioType: ScenarioType) {
  const { schedule, title } = SCENARIOS[scenarioType];
  const input: SweepInput = { scenarioTypes: [scenarioType], timezone: schedule.timezone };
  return {
    scheduleId: scheduleId(scenarioType),
    spec: { cronExpressions: [schedule.cron], timezone: schedule.timezone },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCHUP_WINDOW },
    action: {
      type: 'startWorkflow',
      workflowType: 'scenarioSweep',
      workflowId: scheduleId(scenarioType),
      taskQueue: TASK_QUEUE,
      args: [input],
      workflowExecutionTimeout: EXECUTION_TIMEOUT,
      typedSearchAttributes: [{ key: SCENARIO_TYPE, value: [scenarioType] }],
      staticSummary: `${title} · every mentor · ${schedule.cron} ${schedule.timezone}`,
    },
  } satisfies ScheduleOptions;
}

export interface ScheduleRow {
  readonly schedule_id: string;
  readonly paused: boolean;
  readonly cron: readonly string[];
  readonly timezone: string | null;
  readonly next_run_at: string | null;
  readonly last_run_at: string | null;
  readonly missed: number;
}

/** Those of this service that exist. */
export async function listSchedules(client: Client): Promise<ScheduleRow[]> {
  const rows: ScheduleRow[] = [];
  for (const scenarioType of SCENARIO_TYPES) {
    try {
      const { scheduleId: id, state, spec, info } = await client.schedule.getHandle(scheduleId(scenarioType)).describe();
      rows.push({
        schedule_id: id,
        paused: state.paused,
        cron: [SCENARIOS[scenarioType].schedule.cron],
        timezone: spec.timezone ?? null,
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
