import { setTimeout as sleep } from 'node:timers/promises';
import type { SweepHandle } from '../client/sweeps.ts';
import { describeBraked, type Braked } from '../domain/brake.ts';
import type { SweepProgress } from '../workflows/sweep-messages.ts';
import { localTime } from './local-time.ts';

const EVERY_MS = 1_000;

/** What there is to do about a braked scenario type. */
function brakeNotice(workflowId: string, scenarioType: string, braked: Braked): string {
  return [
    `${scenarioType} is braked: ${describeBraked(braked)}; nothing of it has left.`,
    `"scenario-push sweep resume ${workflowId}" sends it, "sweep stop ${workflowId}" withdraws it; without an answer it is withdrawn on ${localTime(braked.until)}`,
  ].join(' ');
}

/** Says on `out` that something of a sweep is braked, whenever that or its numbers change. Returns how to end it. */
export function noticeBrakes(
  handle: Pick<SweepHandle, 'query' | 'workflowId'>,
  out: NodeJS.WritableStream & { readonly isTTY?: boolean },
): () => Promise<void> {
  const ended = new AbortController();
  const said = new Set<string>();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      const progress = await handle.query<SweepProgress, []>('progress').catch(() => null);
      for (const [type, braked] of Object.entries(progress?.braked ?? {})) {
        const notice = brakeNotice(handle.workflowId, type, braked);
        if (!said.has(notice)) out.write(`${out.isTTY ? '\r\x1b[2K' : ''}${notice}\n`);
        said.add(notice);
      }
      await sleep(EVERY_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  return () => {
    ended.abort();
    return watching;
  };
}
