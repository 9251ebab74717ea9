import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import pLimit from 'p-limit';
import type { DeviceTokenRepository } from '../db/device-tokens.ts';
import type { Lateness } from '../db/evaluation-request.ts';
import type { Withdrawal } from '../db/withdrawals.ts';
import { SECOND } from '../domain/durations.ts';
import { CodedError } from '../domain/errors.ts';
import type { MentorRange } from '../domain/mentor-range.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { EvaluationCounts, ScenarioCounts } from '../domain/sweep.ts';
import type { WorkflowLookup } from './workflow-lookup.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';
import { lookAtBrakes as look, type BrakesRequest, type BrakeView } from './look-at-brakes.ts';
import { checkStaleTokens as checkTokens, type TokenPage, type TokenPageRequest } from './check-stale-tokens.ts';
import { dispatchBatch as dispatch } from './dispatch-batch.ts';
import { waitOf, type DispatchResult } from './dispatch-wait.ts';
import { judgeMentor as judge, type JudgeRequest, type Judgement } from './judge-mentor.ts';
import { refusal } from './refusal.ts';
import { createSending } from './sending.ts';
import { planSweep as plan, readTypes, type PlanRequest, type SweepPlan } from './sweep-plan.ts';
import { logEvaluation } from './evaluation-log.ts';
import { untilReached } from './until-reached.ts';
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
  /** @default report */
  readonly lateness?: Lateness;
  readonly budget?: { readonly sweepKey: string; readonly allowance: number };
  readonly onlyKey?: string;
}

export interface ActivityDependencies extends Dependencies {
  readonly tokens: DeviceTokenRepository;
  readonly settings: DispatchSettings;
  readonly workflows: WorkflowLookup;
}

const STRANDED_AT_A_TIME = 100;

/** Each fills a core of the database; notifications of one mentor do not wait for them. */
const EVALUATIONS_AT_A_TIME = 4;

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
  const { repository, clock, settings, workflows, tally, log } = deps;
  const sending = createSending(deps, settings);
  const evaluations = pLimit(EVALUATIONS_AT_A_TIME);
  return withoutRows({
    /** Divides the audience and registers the runs. */
    async planSweep(request: PlanRequest): Promise<SweepPlan> {
      return orRefuse(() => whileBeating(() => plan(request, deps)));
    },

    /** What is due to one mentor, and what is not and why. */
    async judgeMentor(request: JudgeRequest): Promise<Judgement[]> {
      return orRefuse(() => whileBeating(() => judge(request, deps)));
    },

    /** Evaluates and claims, once for the batch: a retry gets the stored counts. */
    async evaluateBatch(request: BatchRequest): Promise<EvaluationCounts> {
      const { workflowExecution } = activityInfo();
      await orRefuse(async () => readTypes([request.scenarioType]));
      const asOf = new Date(request.asOf);
      const evaluate = async () =>
        repository.evaluateAndClaim({
          ...request,
          lateness: request.lateness ?? 'report',
          asOf,
          now: await untilReached(asOf, deps),
          workflowId: workflowExecution?.workflowId ?? '',
          runId: workflowExecution?.runId ?? '',
        });
      const isOneMentor = request.onlyKey !== undefined;
      const evaluation = await orRefuse(() => whileBeating(() => (isOneMentor ? evaluate() : evaluations(evaluate))));
      logEvaluation(log, { batch: request.batchKey, scenario_type: request.scenarioType }, evaluation);
      const { isNew, setAside: _, lostRaces: __, ...counts } = evaluation;
      if (isNew) tally?.evaluated(request.scenarioType, counts);
      return counts;
    },

    /** Sends and records what a batch has to send now. */
    async dispatchBatch(batchKey: string): Promise<DispatchResult> {
      const signals = { cancelled: cancellationSignal(), heartbeat: () => heartbeat() };
      const report = await orRefuse(() => dispatch(batchKey, deps, settings, signals, sending));
      // Where the sweep has ended without it its run is summed again.
      await repository
        .sumFinishedRuns([batchKey])
        .catch((error: unknown) => log.warn({ err: error }, 'runs not summed'));
      const { sent, failed, held, unknown, open, deferred, withdrawn } = report.counts;
      const wait = waitOf(report, settings);
      const isBraked = report.stop?.why === 'braked';
      return {
        sent,
        failed,
        unknown: held + unknown + open,
        deferred,
        withdrawn,
        ...(wait && { wait }),
        ...(isBraked && { isBraked }),
      };
    },

    /** Withdraws what these batches have claimed and not sent. */
    async withdrawBatches(batchKeys: readonly string[]): Promise<Withdrawal> {
      return whileBeating(() => repository.withdrawClaims({ batchKeys }, 'stopped', clock()));
    },

    /** What became of the brakes of a plan; gives them `answer` where they are open. By scenario type. */
    async lookAtBrakes(request: BrakesRequest): Promise<Record<string, BrakeView>> {
      return whileBeating(() => look(request, deps, settings));
    },

    /**
     * Keys of batches whose notifications are not settled although no workflow is at them any more: it was terminated,
     * or ran against another Temporal server. At most a hundred.
     */
    async findStrandedBatches({ claimedBeforeSeconds }: { claimedBeforeSeconds: number }): Promise<string[]> {
      const claimedBefore = new Date(clock().getTime() - claimedBeforeSeconds * SECOND);
      const stranded: string[] = [];
      for (let after = ''; ;) {
        const page = await repository.strandedBatches(claimedBefore, { after, most: STRANDED_AT_A_TIME });
        for (const batch of page) {
          heartbeat();
          const isHeld =
            (await workflows.isRunning(batch.workflow_id)) || (await workflows.isRunning(`settle-${batch.batch_key}`));
          if (!isHeld) stranded.push(batch.batch_key);
          if (stranded.length === STRANDED_AT_A_TIME) return stranded;
        }
        if (page.length < STRANDED_AT_A_TIME) return stranded;
        after = page.at(-1)!.batch_key;
      }
    },

    /** Sums the ended runs again that a batch belongs to. */
    async recountRuns(batchKey: string): Promise<void> {
      await whileBeating(() => repository.sumFinishedRuns([batchKey]));
    },

    /** Ends the runs of sweeps that were terminated or timed out. Returns how many. */
    async endLostRuns({ startedBeforeSeconds }: { startedBeforeSeconds: number }): Promise<number> {
      const startedBefore = new Date(clock().getTime() - startedBeforeSeconds * SECOND);
      let ended = 0;
      for (const { workflow_id, first_run_id } of await repository.openRuns(startedBefore, STRANDED_AT_A_TIME)) {
        heartbeat();
        const state = await workflows.endOf(workflow_id, first_run_id);
        if (state === null) continue;
        await repository.sumRun({ workflowId: workflow_id, firstRunId: first_run_id, end: { at: clock(), state } });
        ended++;
      }
      return ended;
    },

    /** One page of device tokens that no app has shown for a month, and how long to wait before the next. */
    async checkStaleTokens(request: TokenPageRequest): Promise<TokenPage> {
      return whileBeating(() => checkTokens(request, deps, settings, sending));
    },

    /** Sums the batches into the sweep's runs, and ends them. */
    async countSweep(sweep: {
      workflowId: string;
      firstRunId: string;
      end: 'finished' | 'stopped' | 'failed';
    }): Promise<Record<string, ScenarioCounts>> {
      const { workflowId, firstRunId, end } = sweep;
      const counts = await whileBeating(() =>
        repository.sumRun({ workflowId, firstRunId, end: { at: clock(), state: end } }),
      );
      return Object.fromEntries(counts);
    },

    /**
     * What became of a batch that another sweep started; its workflow's id is its key. Null: it ended without a result,
     * or the database knows nothing of it (it was restored or made anew), and it is to be started again.
     */
    async awaitBatch(batchKey: string): Promise<ScenarioCounts | StillRunning | null> {
      if (await workflows.isRunning(batchKey)) return { isRunning: true };
      const result = (await workflows.awaitResult(batchKey, cancellationSignal())) as ScenarioCounts | null;
      return result && (await repository.hasBatch(batchKey)) ? result : null;
    },
  });
}

/** A batch that is not done yet: it is asked about again, and no slot of a worker waits for it. */
export interface StillRunning {
  readonly isRunning: true;
}

export type Activities = ReturnType<typeof createActivities>;
