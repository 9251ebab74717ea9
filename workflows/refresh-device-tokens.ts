import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { checkStaleTokens } from './activities.ts';
import { isContinued, readInput } from './read-input.ts';

export interface RefreshInput {
  /** Set by the workflow itself when it continues as new. */
  readonly continued?: RefreshReport & { readonly asOf: string; readonly after: string };
}

export interface RefreshReport {
  readonly checked: number;
  readonly invalidated: number;
  readonly undecided: number;
}

/**
 * Checks every token that no app has shown for a month, by dry run, and takes the dead ones out. A server cannot
 * register a device again: the app does that when it is next opened. Throws E_WORKFLOW_INPUT.
 */
export async function refreshDeviceTokens(given: RefreshInput = {}): Promise<RefreshReport> {
  const { continued } = isContinued() ? given : readInput<RefreshInput>(given, {} as never);
  const asOf = continued?.asOf ?? workflowInfo().startTime.toISOString();
  let { checked, invalidated, undecided } = continued ?? { checked: 0, invalidated: 0, undecided: 0 };
  for (let after: string | null = continued?.after ?? null; ;) {
    const page = await checkStaleTokens.executeWithOptions({ summary: `the next 500 tokens, ${checked} are checked` }, [
      { after, asOf },
    ]);
    checked += page.checked;
    invalidated += page.invalidated;
    undecided += page.undecided;
    setCurrentDetails(`${checked} tokens checked, ${invalidated} dead, ${undecided} undecided`);
    if (page.next === null) return { checked, invalidated, undecided };
    after = page.next;
    if (workflowInfo().continueAsNewSuggested) {
      return continueAsNew<typeof refreshDeviceTokens>({ continued: { checked, invalidated, undecided, asOf, after } });
    }
  }
}
