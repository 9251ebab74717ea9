import { setTimeout as sleep } from 'node:timers/promises';
import type { PendingCounts } from '../db/attempts.ts';
import { MAX_UNKNOWN_ATTEMPTS } from '../domain/durations.ts';
import type { PushServicePause } from '../domain/outcome.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';
import { HolderWatch } from './holder-watch.ts';
import { OutcomeRecorder } from './record-outcomes.ts';
import { sendPage } from './send-page.ts';

export interface DispatchReport {
  readonly counts: PendingCounts;
  /** Why the pass ended early, if it did. */
  readonly pause: PushServicePause | null;
}

export interface DispatchSignals {
  /** Ends the pass after what is in flight. */
  readonly cancelled: AbortSignal;
  /** Called about once a second. */
  readonly heartbeat: () => void;
}

/**
 * One pass over a batch's claims: settles what an earlier holder left, then tries each notification that is not
 * settled once. Safe to run again at any time, also beside an older run of itself: see
 * docs/decisions/0001-evaluate-claim-dispatch-record.md.
 *
 * Throws {@link ScenarioRepositoryException}; never sends again what an attempt says was accepted.
 */
export async function dispatchBatch(
  batchKey: string,
  deps: Dependencies,
  settings: DispatchSettings,
  { cancelled, heartbeat }: DispatchSignals,
): Promise<DispatchReport> {
  const { repository, push, clock } = deps;
  const fence = await repository.takeOver(batchKey, clock());
  if (fence === null) throw new Error(`E_BATCH_UNKNOWN: batch "${batchKey}" was never evaluated`);

  const watch = new HolderWatch(clock, settings.leaseMs, heartbeat);
  const mayGoOn = () => !cancelled.aborted && !watch.isLost();
  const settle = (claimIds?: readonly string[]) =>
    repository.settleClaims({
      batchKey,
      fence,
      ...(claimIds && { claimIds }),
      now: clock(),
      maxAttempts: MAX_UNKNOWN_ATTEMPTS,
      giveUpBefore: new Date(clock().getTime() - settings.giveUpAfterMs),
    });
  const recorder = new OutcomeRecorder(deps, settle, cancelled);
  const pageSize = Math.min(settings.pageSize, settings.messagesPerSecond);

  let pause: PushServicePause | null = null;
  try {
    if (fence > 1) await recorder.settleLeftovers();
    while (!pause && mayGoOn() && !recorder.hasFailed()) {
      const attempts = await repository.beginAttempts({ batchKey, fence, pageSize, now: clock() });
      if (attempts.length === 0) break;
      await sleep(await repository.reserveRate(push.projectId, attempts.length, settings.messagesPerSecond));
      const page = await sendPage(attempts, { push, clock, concurrency: settings.concurrency, mayGoOn });
      pause = page.pause;
      // Waits for the page before, so that one is written while the next is sent.
      await recorder.record(page.results);
    }
    await recorder.finish();
    await settle();
    return { counts: await repository.deliveryCounts(batchKey), pause };
  } finally {
    await recorder.idle();
    watch.end();
  }
}
