import type { Client, WorkflowExecutionStatusName } from '@temporalio/client';
import type { EndState } from '../db/runs.ts';
import type { WorkflowLookup } from '../activities/workflow-lookup.ts';

const END_STATES: Readonly<Partial<Record<WorkflowExecutionStatusName, EndState>>> = {
  COMPLETED: 'finished',
  FAILED: 'failed',
  CANCELLED: 'canceled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed_out',
};

export function workflowLookup(client: Client): WorkflowLookup {
  return {
    async awaitResult(workflowId, signal) {
      const handle = client.workflow.getHandle(workflowId);
      try {
        return await client.withAbortSignal(signal, () => handle.result());
      } catch (error) {
        if (signal.aborted) throw error;
        // By name: the SDK's classes differ between realms.
        const { name } = error as Error;
        if (name === 'WorkflowFailedError' || name === 'WorkflowNotFoundError') return null;
        throw error;
      }
    },

    async isRunning(workflowId) {
      try {
        const { status } = await client.workflow.getHandle(workflowId).describe();
        return status.name === 'RUNNING';
      } catch (error) {
        if ((error as Error).name === 'WorkflowNotFoundError') return false;
        throw error;
      }
    },

    async endOf(workflowId, firstRunId) {
      try {
        const { status, raw } = await client.workflow.getHandle(workflowId).describe();
        // Another sweep has the id now: this one has made way.
        const { firstRunId: known } = raw.workflowExecutionInfo ?? {};
        if (known && known !== firstRunId) return 'terminated';
        return END_STATES[status.name] ?? null;
      } catch (error) {
        if ((error as Error).name === 'WorkflowNotFoundError') return 'terminated';
        throw error;
      }
    },
  };
}
