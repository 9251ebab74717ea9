import { continueAsNew, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type { TokenPace } from '../activities/check-stale-tokens.ts';
import { checkStaleTokens } from './activities.ts';
import { isContinued, readInput } from './read-input.ts';

/** A history grows by about eleven events with each. */
const MOST_WAITS = 20;

export interface RefreshInput {
  /** Set by the workflow itself when it continues as new. */
  readonly continued?: RefreshReport & { readonly asOf: string; readonly after: string; readonly pace?: TokenPace };
}

export interface RefreshReport {
  readonly checked: number;
  readonly invalidated: number;
  readonly undecided: number;
}

/**
 * Checks every token that no app has shown for a month, by dry run, and takes the dead ones out: page by page, over hours. A
 * server cannot register a device again: the app does that when it is next opened. Throws E_WORKFLOW_INPUT.
 */
export async function refreshDeviceTokens(given: RefreshInput = {}): Promise<RefreshReport> {
  const { continued } = isContinued() ? given : readInput<RefreshInput>(given, {} as never);
  const asOf = continued?.asOf ?? workflowInfo().startTime.toISOString();
  let { checked, invalidated, undecided } = continued ?? { checked: 0, invalidated: 0, undecided: 0 };
  let pace = continued?.pace;
  let waits = 0;
  for (let after: string | null = continued?.after ?? null; ;) {
    const page = await checkStaleTokens.executeWithOptions({ summary: `the next tokens, ${checked} are checked` }, [
      { after, asOf, ...(pace && { pace }) },
    ]);
    checked += page.checked;
    invalidated += page.invalidated;
    undecided += page.undecided;
    const soFar = `${checked} tokens checked, ${invalidated} dead, ${undecided} undecided`;
    setCurrentDetails(page.stopped ? `**waiting**, sending is ${page.stopped} · ${soFar}` : soFar);
    if (page.next === null) return { checked, invalidated, undecided };
    [after, pace] = [page.next, page.pace];
    // The build before knew no waits.
    if (page.waitMs > 0) {
      await sleep(page.waitMs);
      waits++;
    }
    if (waits === MOST_WAITS || workflowInfo().continueAsNewSuggested) {
      const next = { checked, invalidated, undecided, asOf, after, pace };
      return continueAsNew<typeof refreshDeviceTokens>({ continued: next });
    }
  }
}
