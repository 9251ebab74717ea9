/** What activities ask about other workflows. */
export interface WorkflowLookup {
  /** Resolves with the result when the workflow has completed, with null when it ended in any other way. */
  awaitResult(workflowId: string, signal: AbortSignal): Promise<unknown>;
  isRunning(workflowId: string): Promise<boolean>;
}
