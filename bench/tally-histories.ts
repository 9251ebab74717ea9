import type { Client } from '@temporalio/client';

export interface HistoryTally {
  /** The sweep, each time it continued as new, and its batches. */
  readonly workflows: number;
  readonly history_events: number;
  /** Roughly what Temporal Cloud would bill: workflows and activities started. */
  readonly actions: number;
}

/** Counts what a sweep and its children left in Temporal's histories. */
export async function tallyHistories(client: Client, sweepId: string, firstRunId: string): Promise<HistoryTally> {
  let [workflows, events, activities] = [0, 0, 0];
  const open: { workflowId: string; runId?: string | undefined }[] = [{ workflowId: sweepId, runId: firstRunId }];
  for (let next = open.pop(); next; next = open.pop()) {
    const history = await client.workflow.getHandle(next.workflowId, next.runId).fetchHistory();
    workflows++;
    for (const event of history.events ?? []) {
      events++;
      if (event.activityTaskScheduledEventAttributes) activities++;
      const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
      if (child) open.push({ workflowId: child.workflowId!, runId: child.runId! });
      const continued = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
      if (continued) open.push({ workflowId: next.workflowId, runId: continued });
    }
  }
  return { workflows, history_events: events, actions: workflows + activities };
}
