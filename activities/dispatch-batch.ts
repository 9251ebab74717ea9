import type { BatchState } from '../db/attempts.ts';
import { partsLike } from '../domain/mentor-range.ts';
import { BEAT_EVERY, PROBE_WITHIN } from '../domain/timing.ts';
import { AnswerWriter } from './answer-writer.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';
import { holdBatch } from './hold-batch.ts';
import { Pump, type Stop } from './pump.ts';
import { MINUTE } from '../domain/durations.ts';
import { createSending, type Sending } from './sending.ts';
import { Settler } from './settler.ts';

/** The sweep comes back to what is braked as soon as it is answered; this is for who takes up what a sweep left. */
const LOOK_AGAIN_AT_BRAKE = 5 * MINUTE;

export interface DispatchReport {
  readonly counts: BatchState;
  /** Why it ended early, if it did. */
  readonly stop: Stop | null;
}

export interface DispatchSignals {
  /** Ends it after what is in flight. */
  readonly cancelled: AbortSignal;
  /** Called about once a second. */
  readonly heartbeat: () => void;
}

/**
 * Sends what a batch has to send now: settles what an earlier holder left, evaluates again what has waited for long, then
 * tries each notification once whose time has come. Safe to run again at any time, also beside an older run of itself:
 * see docs/decisions/0001-evaluate-claim-dispatch-record.md.
 *
 * Throws E_BATCH_UNKNOWN and {@link ScenarioRepositoryException}; never sends again what an attempt says was accepted.
 */
export async function dispatchBatch(
  batchKey: string,
  deps: Dependencies,
  settings: DispatchSettings,
  { cancelled, heartbeat }: DispatchSignals,
  sending: Sending = createSending(deps, settings),
): Promise<DispatchReport> {
  const { repository, push, clock, tally } = deps;
  const beating = setInterval(heartbeat, BEAT_EVERY);
  try {
    const holding = await holdBatch(batchKey, deps, { holderGraceMs: settings.holderGraceMs, cancelled });
    const { fence, scenario_type } = holding;
    const settler = new Settler({ key: batchKey, holding }, deps, settings);
    const writer = new AnswerWriter({ key: batchKey, holding }, deps, settings, cancelled, settler);
    if (fence > 1) await settler.settleAll();
    const now = clock();
    const brake = await repository.askBrake(batchKey, { now, answerWithinMs: settings.brakeAnswerWithinMs });
    if (brake?.state === 'undecided' || brake?.state === 'braked') {
      const counts = await repository.countBatch(batchKey, now);
      return { counts, stop: { why: 'braked', waitMs: LOOK_AGAIN_AT_BRAKE, reason: null } };
    }
    if (brake?.state === 'withdrawn') {
      const { withdrawn } = await repository.withdrawClaims({ batchKeys: [batchKey] }, 'braked', now);
      if (withdrawn > 0) tally?.withdrawn(scenario_type, withdrawn);
    }
    const gate = await repository.askGate(push.projectId, PROBE_WITHIN);
    if (gate.state === 'closed' || gate.state === 'halted') {
      const counts = await repository.countBatch(batchKey, clock());
      return { counts, stop: { why: gate.state, waitMs: gate.wait_ms, reason: gate.reason } };
    }
    // What was released is looked at again: whoever did it may have mended the rule first.
    const checkBefore = new Date(
      Math.max(now.getTime() - settings.checkAgainAfterMs, brake?.answered_at?.getTime() ?? 0),
    );
    const withdrawn = await repository.checkStaleClaims({ batchKey, fence, checkBefore, now: clock() });
    if (withdrawn > 0) tally?.withdrawn(scenario_type, withdrawn);
    const { open, unknown } = await repository.countBatch(batchKey, clock());
    const messages = open + unknown;
    // Batches are even samples of the audience.
    const inSweep = messages * partsLike({ from: holding.range_from, to: holding.range_to });
    const batch = { key: batchKey, holding, messages, inSweep, mayProbe: gate.state === 'probe' };
    const stop = await new Pump(batch, { writer, settler }, deps, settings, sending, cancelled).run();
    await settler.settleAll();
    await repository.waitForPlatforms({ batchKey, projectId: push.projectId, now: clock() });
    return { counts: await repository.countBatch(batchKey, clock()), stop };
  } finally {
    clearInterval(beating);
  }
}
