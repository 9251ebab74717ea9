import { setTimeout as sleep } from 'node:timers/promises';
import type { Holding } from '../db/dispatch.ts';
import { CodedError } from '../domain/errors.ts';
import { LOOK_EVERY } from '../domain/timing.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * Makes this process the batch's holder. What a holder before left undecided is unknown at once where its session has
 * ended. Where it may still live it is given time: it begins nothing more, and writes what its last requests come to.
 *
 * Throws E_BATCH_UNKNOWN.
 */
export async function holdBatch(
  batchKey: string,
  { repository, clock, log, holder }: Dependencies,
  { holderGraceMs, cancelled }: { readonly holderGraceMs: number; readonly cancelled: AbortSignal },
): Promise<Holding> {
  const holding = await repository.becomeHolder(batchKey, holder?.key ?? null);
  if (holding === null) {
    // It will not appear either: the database was exchanged or restored.
    throw new CodedError('E_BATCH_UNKNOWN', `batch "${batchKey}" was never evaluated against this database`, {
      fix: 'start the sweep again',
    });
  }
  const { fence, previous_holder } = holding;
  const began = performance.now();
  let isGone = false;
  for (;;) {
    const undecided = await repository.undecidedAttempts({ batchKey, fence });
    if (!undecided.any) break;
    isGone = !undecided.of_others && (await repository.isHolderGone(previous_holder));
    if (isGone || performance.now() - began >= holderGraceMs) break;
    // Whoever comes next has the whole grace period again: this one knows nothing yet.
    cancelled.throwIfAborted();
    await sleep(LOOK_EVERY);
  }
  if (fence > 1) {
    const disowned = await repository.disownAttempts({ batchKey, fence, now: clock() });
    if (disowned > 0) {
      log.warn(
        {
          batch: batchKey,
          attempts: disowned,
          holder: isGone ? 'gone' : 'silent',
          waited_ms: Math.round(performance.now() - began),
        },
        'taken over: what the holder before began and did not decide is of unknown outcome',
      );
    }
  }
  return holding;
}
