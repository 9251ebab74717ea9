import type { Client } from '@temporalio/client';
import type { WorkflowLookup } from '../activities/workflow-lookup.ts';

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
  };
}
