import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { scenarioSweep, SweepInput } from '../workflows/scenario-sweep.ts';
import { TASK_QUEUE } from './task-queue.ts';

export type SweepHandle = WorkflowHandleWithFirstExecutionRunId<typeof scenarioSweep>;

/** What a person who looks at the sweep in the Web UI can do with it. */
export const SWEEP_DETAILS = [
  'Signals `pause`, `resume` (also sends what is braked) and `stop` (start nothing more, and withdraw what was claimed and has not been sent).',
  'Query `progress`. Update `setConcurrency` (batches in flight, 1 to 100).',
].join('\n\n');

/** Starts a sweep by hand. Two of one instant share their batches, whatever they are called. */
export async function startSweep(
  client: Client,
  input: SweepInput & { readonly asOf: string },
  workflowId = `sweep-by-hand-${input.asOf}-${randomUUID().slice(0, 8)}`,
): Promise<SweepHandle> {
  return client.workflow.start<typeof scenarioSweep>('scenarioSweep', {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [input],
    workflowExecutionTimeout: '20 hours',
    staticDetails: SWEEP_DETAILS,
    staticSummary: `${input.scenarioTypes?.join(', ') ?? 'All scenarios'} · every mentor · as of ${input.asOf}${input.limit === undefined ? '' : ` · at most ${input.limit}`}${input.sendLate ? ' · also late' : ''}${input.brake === false ? ' · no brake' : ''}`,
  });
}
