import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { DeviceTokenRepository } from '../db/device-tokens.ts';
import { SECOND } from '../domain/durations.ts';
import { CodedError } from '../domain/errors.ts';
import type { MentorRange } from '../domain/mentor-range.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { DeliveryCounts, EvaluationCounts, ScenarioCounts } from '../domain/sweep.ts';
import type { WorkflowLookup } from './workflow-lookup.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';
import { BEFORE_ALL_TOKENS, checkStaleTokens as checkTokens, type TokenPage } from './check-stale-tokens.ts';
import { dispatchBatch as dispatch } from './dispatch-batch.ts';
import { refusal } from './refusal.ts';
import { planSweep as plan, type PlanRequest, type SweepPlan } from './sweep-plan.ts';
import { whileBeating } from './while-beating.ts';
import { withoutRows } from './without-rows.ts';

/** A batch as its workflow knows it: ids, instants and numbers only. */
export interface BatchRequest {
  readonly batchKey: string;
  readonly planKey: string;
  readonly scenarioType: ScenarioType;
  /** ISO instant. */
  readonly asOf: string;
  readonly range: MentorRange;
  readonly sendLate?: boolean;
  readonly budget?: { readonly sweepKey: string; readonly allowance: number };
  readonly onlyKey?: string;
  /** @default true */
  readonly ofSweep?: boolean;
}

export interface ActivityDependencies extends Dependencies {
  readonly tokens: DeviceTokenRepository;
  readonly settings: DispatchSettings;
  readonly workflows: WorkflowLookup;
}

const STRANDED_AT_A_TIME = 100;

/** What fails with a code of ours is wrong by itself; all else is tried again. */
async function orRefuse<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CodedError ? refusal(error) : error;
  }
}

/** Everything the workflows ask of the outside world. */
export function createActivities(deps: ActivityDependencies) {
  const { repository, clock, settings, workflows } = deps;
  return withoutRows({
    /** Divides the audience and registers the runs. */
    async planSweep(request: PlanRequest): Promise<SweepPlan> {
      return orRefuse(() => whileBeating(() => plan(request, deps)));
    },

    /** Evaluates and claims, once for the batch: a retry gets the stored counts. */
    async evaluateBatch(request: BatchRequest): Promise<EvaluationCounts> {
      const { workflowExecution } = activityInfo();
      return orRefuse(() =>
        whileBeating(() =>
          repository.evaluateAndClaim({
            ...request,
            asOf: new Date(request.asOf),
            now: clock(),
            workflowId: workflowExecution?.workflowId ?? '',
            runId: workflowExecution?.runId ?? '',
          }),
        ),
      );
    },

    /** Sends and records a batch's claims; fails, to be tried again after the back-off, while any is not settled. */
    async dispatchBatch(batchKey: string): Promise<DeliveryCounts> {
      const signals = { cancelled: cancellationSignal(), heartbeat: () => heartbeat() };
      const { counts, pause } = await orRefuse(() => dispatch(batchKey, deps, settings, signals));
      // Also when the sweep has ended without it, or was terminated: its run says what became of the batch.
      await repository
        .recountRuns([batchKey])
        .catch((error: unknown) => deps.log.warn({ err: error }, 'runs not counted'));
      const { sent, failed, held, unknown, open } = counts;
      if (unknown + open === 0) return { sent, failed, unknown: held };
      throw ApplicationFailure.create({
        type: 'DispatchIncomplete',
        message: [
          `${unknown + open} of ${sent + failed + held + unknown + open} notifications are to be tried again (${unknown} of unknown outcome, ${open} not accepted yet)`,
          ...(pause ? [`after a pause: ${pause.code}`] : []),
          'this follows by itself',
        ].join(', '),
        category: ApplicationFailureCategory.BENIGN,
        ...(pause?.retryAfterMs && { nextRetryDelay: pause.retryAfterMs }),
      });
    },

    /**
     * Keys of batches whose notifications are not settled although no workflow is at them any more: it was terminated,
     * or ran against another Temporal server. At most a hundred.
     */
    async findStrandedBatches({ claimedBeforeSeconds }: { claimedBeforeSeconds: number }): Promise<string[]> {
      const claimedBefore = new Date(clock().getTime() - claimedBeforeSeconds * SECOND);
      const stranded: string[] = [];
      for (const batch of await repository.strandedBatches(claimedBefore, STRANDED_AT_A_TIME)) {
        heartbeat();
        if (!(await workflows.isRunning(batch.workflow_id))) stranded.push(batch.batch_key);
      }
      return stranded;
    },

    /** Sums the runs again that a batch belongs to. */
    async recountRuns(batchKey: string): Promise<void> {
      await whileBeating(() => repository.recountRuns([batchKey]));
    },

    /** One page of device tokens that no app has shown for a month; `after` null = the first. */
    async checkStaleTokens({ after, asOf }: { after: string | null; asOf: string }): Promise<TokenPage> {
      const page = await checkTokens({ after: after ?? BEFORE_ALL_TOKENS, asOf: new Date(asOf) }, deps, settings);
      if (!page.pause) return page;
      // What was decided is written: the page that is checked again is shorter.
      throw ApplicationFailure.create({
        type: 'TokenCheckPaused',
        message: `the push service asked for a pause (${page.pause.code}); the page is checked again after it, by itself`,
        category: ApplicationFailureCategory.BENIGN,
        ...(page.pause.retryAfterMs && { nextRetryDelay: page.pause.retryAfterMs }),
      });
    },

    /** Sums the batches into the sweep's runs; `finished` closes them. */
    async countSweep(sweep: {
      workflowId: string;
      firstRunId: string;
      finished: boolean;
    }): Promise<Record<string, ScenarioCounts>> {
      const counts = await whileBeating(() =>
        repository.countRun({ ...sweep, finishedAt: sweep.finished ? clock() : null }),
      );
      return Object.fromEntries(counts);
    },

    /**
     * Waits for a batch that another sweep started; its workflow's id is its key. Null: it ended without a result, or
     * the database knows nothing of it (it was restored or made anew): it is to be started again.
     */
    async awaitBatch(batchKey: string): Promise<ScenarioCounts | null> {
      return whileBeating(async () => {
        const result = (await workflows.awaitResult(batchKey, cancellationSignal())) as ScenarioCounts | null;
        return result && (await repository.hasBatch(batchKey)) ? result : null;
      });
    },
  });
}

export type Activities = ReturnType<typeof createActivities>;
