import type { EndState } from '../db/runs.ts';

/** What activities ask about other workflows. */
export interface WorkflowLookup {
  /** Resolves with the result when the workflow has completed, with null when it ended in any other way. */
  awaitResult(workflowId: string, signal: AbortSignal): Promise<unknown>;
  isRunning(workflowId: string): Promise<boolean>;
  /** How a sweep ended, by its id and its first run's; null while it runs. `terminated` where nothing is known of it. */
  endOf(workflowId: string, firstRunId: string): Promise<EndState | null>;
}
