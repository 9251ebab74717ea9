import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { PreviewRow } from '../db/preview.ts';
import type { ScenarioRepository } from '../db/scenario-repository.ts';
import { rangeOfMentor } from '../domain/mentor-range.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import type { notifyMentor } from '../workflows/notify-mentor.ts';
import { SCENARIO_TYPE } from '../workflows/search-attributes.ts';
import { TASK_QUEUE } from './task-queue.ts';

export type NotificationStart = {
  readonly candidate: PreviewRow;
  /** `suppressed`: nothing was started; `running`: another start of the same notification is under way. */
  readonly status: 'started' | 'running' | 'suppressed';
  /** Resolves when the notification's workflow has ended; null where none runs. */
  readonly result: (() => Promise<ScenarioCounts>) | null;
};

/**
 * Evaluates one mentor and starts, in their order and one after the other, a workflow for each notification that is due, with its idempotency key as id: for the
 * moment in which an application learns of an activity. Empty when nothing is due.
 */
export async function startNotifications(
  client: Client,
  repository: ScenarioRepository,
  request: { readonly userId: string; readonly scenarioType: ScenarioType; readonly asOf: Date },
): Promise<NotificationStart[]> {
  const { userId, scenarioType, asOf } = request;
  const starts: NotificationStart[] = [];
  const candidates: PreviewRow[] = [];
  for await (const row of repository.previewCandidates({ scenarioType, asOf, range: rangeOfMentor(userId) }))
    candidates.push(row);
  candidates.sort((a, b) => a.position - b.position);
  let before: NotificationStart['result'] = null;
  for (const candidate of candidates) {
    if (candidate.reason !== null) {
      starts.push({ candidate, status: 'suppressed', result: null });
      continue;
    }
    const workflowId = candidate.idempotency_key;
    const handle = client.workflow.getHandle<typeof notifyMentor>(workflowId);
    try {
      // Several of one evaluation reach a mentor in their order; what became of the one before is its own affair.
      await before?.().catch(() => {});
      await client.workflow.start<typeof notifyMentor>('notifyMentor', {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [{ userId, scenarioType, asOf: asOf.toISOString(), idempotencyKey: workflowId }],
        typedSearchAttributes: [{ key: SCENARIO_TYPE, value: [scenarioType] }],
        staticSummary: `${scenarioType} · one mentor · as of ${asOf.toISOString()}`,
      });
      starts.push({ candidate, status: 'started', result: () => handle.result() });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      starts.push({ candidate, status: 'running', result: () => handle.result() });
    }
    before = () => handle.result();
  }
  return starts;
}
