import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptResult, PendingCounts } from '../db/attempts.ts';
import { MAX_UNKNOWN_ATTEMPTS } from '../domain/durations.ts';
import type { PushServicePause } from '../domain/outcome.ts';
import { CodedError } from '../domain/errors.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';
import { HolderWatch } from './holder-watch.ts';
import { OutcomeRecorder } from './record-outcomes.ts';
import { sendPage } from './send-page.ts';

const LOOK_AGAIN_MS = 250;

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
  const fence = await takeOver(batchKey, deps, settings, { cancelled, heartbeat });
  const watch = new HolderWatch(clock, settings.leaseMs, () => {
    heartbeat();
    // A database that is away answers nothing: then the lease decides.
    void repository.fenceOf(batchKey).then(
      (current) => {
        if (current !== fence) watch.lose();
      },
      () => {},
    );
  });
  const mayGoOn = () => !cancelled.aborted && !watch.isLost();
  const settle = (claims?: readonly AttemptResult[]) =>
    repository.settleClaims({
      batchKey,
      fence,
      ...(claims && { claims }),
      now: clock(),
      maxAttempts: MAX_UNKNOWN_ATTEMPTS,
      giveUpBefore: new Date(clock().getTime() - settings.giveUpAfterMs),
    });
  const recorder = new OutcomeRecorder(deps, settle, cancelled, settings.lastTriesMs);
  const pageSize = Math.min(settings.pageSize, settings.messagesPerSecond);

  let pause: PushServicePause | null = null;
  let fromUser: string | undefined;
  try {
    if (fence > 1) await recorder.settleLeftovers();
    while (!pause && mayGoOn() && !recorder.hasFailed()) {
      const attempts = await repository.beginAttempts({ batchKey, fence, pageSize, now: clock(), fromUser });
      if (attempts.length === 0) break;
      fromUser = attempts.at(-1)!.user_id;
      // A notification goes to several devices: what the rate counts is messages.
      for (const messages of inParts(attempts, settings.messagesPerSecond)) {
        let failure: { readonly error: unknown } | null = null;
        await repository
          .reserveRate(push.projectId, messages.length, settings.messagesPerSecond)
          .then(sleep, (error: unknown) => {
            failure = { error };
          });
        const maySend = () => mayGoOn() && !pause && !failure;
        const page = await sendPage(messages, { push, clock, concurrency: settings.concurrency, mayGoOn: maySend });
        pause ??= page.pause;
        // Waits for the part before, so that one is written while the next is sent.
        await recorder.record(page.results);
        if (failure) throw (failure as { error: unknown }).error;
      }
    }
    await recorder.finish();
    await settle();
    return { counts: await repository.deliveryCounts(batchKey), pause };
  } finally {
    await recorder.idle();
    watch.end();
  }
}

/**
 * Makes this the batch's holder. A holder before that is alive notices within a second and lets its requests end; what it
 * has not decided after its grace is disowned, for then it is gone, or nobody knows.
 */
async function takeOver(
  batchKey: string,
  { repository, clock }: Dependencies,
  { oldHolderGraceMs }: DispatchSettings,
  { cancelled, heartbeat }: DispatchSignals,
): Promise<number> {
  let fence = await repository.raiseFence(batchKey);
  if (fence !== null && fence > 1) {
    const began = performance.now();
    for (let since; (since = await repository.undecidedSince(batchKey)) && !cancelled.aborted;) {
      const patience = Math.min(
        since.getTime() + oldHolderGraceMs - clock().getTime(),
        began + oldHolderGraceMs - performance.now(),
      );
      if (patience <= 0) break;
      await sleep(Math.min(patience, LOOK_AGAIN_MS));
      heartbeat();
    }
    fence = await repository.takeOver(batchKey, clock());
  }
  if (fence === null) {
    // It will not appear either: the database was exchanged or restored.
    throw new CodedError('E_BATCH_UNKNOWN', `batch "${batchKey}" was never evaluated against this database`, {
      fix: 'start the sweep again',
    });
  }
  return fence;
}

function inParts<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
