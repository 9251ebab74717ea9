/** The part of a Temporal client that waiting for another sweep's batch needs. */
export interface WorkflowLookup {
  /** Resolves with the result when the workflow has completed, with null when it ended in any other way. */
  awaitResult(workflowId: string, signal: AbortSignal): Promise<unknown>;
}
