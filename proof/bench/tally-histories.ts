import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { summarise, type ActivityRun, type ActivityTimes } from './activity-times.ts';

type Timestamp = temporal.api.history.v1.IHistoryEvent['eventTime'];

export interface HistoryTally {
  /** The sweep, each time it continued as new, and its batches. */
  readonly workflows: number;
  readonly history_events: number;
  /** Roughly what Temporal Cloud would bill: workflows and activities started. */
  readonly actions: number;
  readonly activities: ActivityTimes;
}

/** What a sweep and its children left in Temporal's histories: counted, and when which activity ran. */
export async function tallyHistories(client: Client, sweepId: string, firstRunId: string): Promise<HistoryTally> {
  let [workflows, events] = [0, 0];
  const runs: ActivityRun[] = [];
  let [begun, ended] = [Infinity, -Infinity];
  const open: { workflowId: string; runId?: string | undefined }[] = [{ workflowId: sweepId, runId: firstRunId }];
  for (let next = open.pop(); next; next = open.pop()) {
    const history = await client.workflow.getHandle(next.workflowId, next.runId).fetchHistory();
    workflows++;
    const scheduled = new Map<string, { type: string; at: number }>();
    const started = new Map<string, number>();
    for (const event of history.events ?? []) {
      events++;
      const at = millis(event.eventTime);
      [begun, ended] = [Math.min(begun, at), Math.max(ended, at)];
      const task = event.activityTaskScheduledEventAttributes;
      if (task) scheduled.set(String(event.eventId), { type: task.activityType!.name!, at });
      const start = event.activityTaskStartedEventAttributes;
      if (start) started.set(String(start.scheduledEventId), at);
      const end =
        event.activityTaskCompletedEventAttributes ??
        event.activityTaskFailedEventAttributes ??
        event.activityTaskTimedOutEventAttributes;
      if (end) {
        const { type, at: scheduledAt } = scheduled.get(String(end.scheduledEventId))!;
        runs.push({ type, scheduledAt, startedAt: started.get(String(end.scheduledEventId)) ?? at, endedAt: at });
      }
      const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
      if (child) open.push({ workflowId: child.workflowId!, runId: child.runId! });
      const continued = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
      if (continued) open.push({ workflowId: next.workflowId, runId: continued });
    }
  }
  return {
    workflows,
    history_events: events,
    actions: workflows + runs.length,
    activities: summarise(runs, ended - begun),
  };
}

function millis(time: Timestamp): number {
  return Number(time!.seconds) * 1_000 + time!.nanos! / 1e6;
}
