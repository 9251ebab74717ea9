import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchState } from '../db/attempts.ts';
import { SECOND } from '../domain/durations.ts';
import { rangeOfMentor } from '../domain/mentor-range.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { NOTHING_SENT, type EvaluationCounts, type ScenarioCounts } from '../domain/sweep.ts';
import { DISPATCH_DEFAULTS, type Dependencies, type DispatchSettings } from './dependencies.ts';
import { dispatchBatch } from './dispatch-batch.ts';
import { logEvaluation } from './evaluation-log.ts';

export interface EvaluateConfig {
  /** The instant the evaluation speaks about. */
  readonly asOf: Date;
  readonly dispatch?: Partial<DispatchSettings>;
  /** Milliseconds before the second attempt at a device whose outcome is unknown; three times as long before each further one. @default 1_000 */
  readonly retryAfterMs?: number;
}

export interface EvaluateAndDispatchResult {
  /**
   * `not_due`: no candidate. Otherwise what became of them: `sent` if any was, else `unknown`, `deferred`, `failed`,
   * `suppressed`.
   */
  readonly status: 'sent' | 'unknown' | 'deferred' | 'failed' | 'suppressed' | 'not_due';
  /** Why, when everything was suppressed: the reason of the first candidate. */
  readonly reason: string | null;
  /** When the mentor's hours begin, where something is deferred until then. */
  readonly sendAt: Date | null;
  readonly counts: ScenarioCounts;
}

/**
 * Evaluates one mentor for one scenario type and sends what is due, once: the same statements as a sweep, without
 * Temporal. What the push service definitely refused is given up at once; what it left unknown follows the rule's
 * `on_unknown` before this returns. Nothing here waits for the mentor's hours: what is deferred is found and sent by the look
 * for stranded claims. There for the contract alone: in production a sweep, or the workflow of one
 * notification, runs the activities that this calls one after the other.
 *
 * Throws {@link ScenarioRepositoryException}.
 */
export async function evaluateAndDispatch(
  mentorId: string,
  scenarioType: ScenarioType,
  config: EvaluateConfig,
  deps: Dependencies,
): Promise<EvaluateAndDispatchResult> {
  const range = rangeOfMentor(mentorId);
  const batchKey = `direct-${scenarioType}-${mentorId}-${randomUUID()}`;
  const evaluated = await deps.repository.evaluateAndClaim({
    batchKey,
    planKey: 'direct',
    workflowId: batchKey,
    runId: '',
    scenarioType,
    asOf: config.asOf,
    now: deps.clock(),
    range,
    lateness: 'ignore',
  });
  logEvaluation(deps.log, { batch: batchKey, scenario_type: scenarioType }, evaluated);
  const { isNew: _, setAside: __, lostRaces: ___, ...evaluation } = evaluated;
  if (evaluation.claimed === 0) {
    const reason = Object.keys(evaluation.suppressed)[0] ?? null;
    if (reason !== null)
      deps.log.info({ mentor: mentorId, scenario_type: scenarioType, reason }, 'suppressed: not sent');
    return {
      status: evaluation.candidates === 0 ? 'not_due' : 'suppressed',
      reason,
      sendAt: null,
      counts: { ...evaluation, ...NOTHING_SENT },
    };
  }
  return summarise(evaluation, await dispatchUntilSettled(batchKey, config, deps));
}

async function dispatchUntilSettled(batchKey: string, config: EvaluateConfig, deps: Dependencies): Promise<BatchState> {
  // It waits here between attempts, and not by the clock it was given.
  const settings: DispatchSettings = {
    ...DISPATCH_DEFAULTS,
    ...config.dispatch,
    giveUpAfterMs: 0,
    unknownRetryDelaysMs: DISPATCH_DEFAULTS.unknownRetryDelaysMs.map(() => 0),
    refusedRetryDelaysMs: [0],
  };
  const signals = { cancelled: new AbortController().signal, heartbeat: () => {} };
  for (let wait = config.retryAfterMs ?? SECOND; ; wait *= 3) {
    const { counts, stop } = await dispatchBatch(batchKey, deps, settings, signals);
    if (counts.open > 0) await deps.repository.withdrawClaims({ batchKeys: [batchKey] }, 'stopped', deps.clock());
    const isUntilHours = counts.next_ms !== null && counts.next_ms > 0;
    if (counts.unknown === 0 || isUntilHours)
      return counts.open > 0 ? deps.repository.countBatch(batchKey, deps.clock()) : counts;
    await sleep(Math.max(wait, stop?.waitMs ?? 0));
  }
}

function summarise(
  evaluation: EvaluationCounts,
  { sent, failed, held, unknown, deferred, deferred_until, withdrawn }: BatchState,
): EvaluateAndDispatchResult {
  const counts = { ...evaluation, sent, failed, unknown: held + unknown, deferred, withdrawn };
  const status = sent > 0 ? 'sent' : counts.unknown > 0 ? 'unknown' : deferred > 0 ? 'deferred' : 'failed';
  return { status, reason: null, sendAt: deferred_until, counts };
}
