import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { BatchRequest } from '../activities/create-activities.ts';
import { refusal } from '../activities/refusal.ts';
import type { SweepPlan } from '../activities/sweep-plan.ts';
import { CodedError } from '../domain/errors.ts';
import { rangeOf } from '../domain/mentor-range.ts';
import { addCounts, batchKey, NO_COUNTS, type ScenarioCounts, type SweepResult } from '../domain/sweep.ts';
import { awaitBatch, countSweep, planSweep } from './activities.ts';
import { batchSummary, describeSweep } from './details.ts';
import { EVALUATION_DATE, SCENARIO_TYPE } from './search-attributes.ts';
import { scenarioBatch } from './scenario-batch.ts';
import { pause, progress, resume, setConcurrency, stop, type SweepProgress } from './sweep-messages.ts';

const DEFAULT_CONCURRENCY = 4;
const MOST_CONCURRENCY = 100;
/** Fastest of five sizes over a million mentors. */
const DEFAULT_MENTORS_PER_BATCH = 50_000;
/** About six events a child; Temporal warns at 10,240. */
const DEFAULT_BATCHES_PER_RUN = 1_000;

export interface SweepInput {
  /** @default all */
  readonly scenarioTypes?: readonly string[];
  /** ISO instant. @default the nominal time of the Schedule's action, or the start of the workflow */
  readonly asOf?: string;
  /** Notifications that this sweep may send. @default no bound */
  readonly limit?: number;
  /** Send although more than six hours have passed since `asOf`. @default false */
  readonly sendLate?: boolean;
  /** Batches in flight, 1..100. @default 4 */
  readonly concurrency?: number;
  /** @default 50_000 */
  readonly mentorsPerBatch?: number;
  /** Batches before the sweep continues as new. @default 1_000 */
  readonly batchesPerRun?: number;
  /** What EvaluationDate is a date in. @default Europe/Oslo */
  readonly timezone?: string;
  /** Set by the sweep itself when it continues as new. */
  readonly continued?: SweepState;
}

interface SweepState {
  readonly asOf: string;
  readonly plan: SweepPlan;
  readonly next: number;
  readonly done: number;
  readonly failures: readonly string[];
  readonly counts: Readonly<Record<string, ScenarioCounts>>;
  readonly concurrency: number;
  readonly paused: boolean;
  readonly stopping: boolean;
}

/**
 * A sweep: plans ranges of mentors once, and runs one child for each scenario type and range, a bounded number at a
 * time. Batches are numbered range by range, so that all types of one range are near each other in time.
 */
export async function scenarioSweep(input: SweepInput = {}): Promise<SweepResult> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  refuseBadInput(input);
  const asOf = input.continued?.asOf ?? input.asOf ?? nominalTime();
  let {
    next = 0,
    done = 0,
    concurrency = input.concurrency ?? DEFAULT_CONCURRENCY,
    paused = false,
    stopping = false,
  } = input.continued ?? {};
  const failures = [...(input.continued?.failures ?? [])];
  const counts: Record<string, ScenarioCounts> = { ...input.continued?.counts };
  let plan = input.continued?.plan;
  let inFlight = 0;
  let finished = false;

  const planned = () => (plan ? plan.batches * plan.scenarioTypes.length : 0);
  const state = (): SweepProgress['state'] => {
    if (finished) return next < planned() ? 'stopped' : 'finished';
    if (stopping) return 'stopping';
    if (paused) return 'paused';
    return plan ? 'running' : 'planning';
  };
  const currentProgress = (): SweepProgress => ({
    as_of: asOf,
    state: state(),
    planned: planned(),
    in_flight: inFlight,
    done,
    failed: failures.length,
    concurrency,
    scenarios: counts,
  });
  const show = () => setCurrentDetails(describeSweep(currentProgress()));

  setHandler(
    pause,
    () => {
      paused = true;
      show();
    },
    { description: 'Start no further batch until resumed.' },
  );
  setHandler(
    resume,
    () => {
      paused = false;
      show();
    },
    { description: 'Go on after a pause.' },
  );
  setHandler(
    stop,
    () => {
      stopping = true;
      show();
    },
    { description: 'Finish what is in flight, start nothing more.' },
  );
  setHandler(progress, currentProgress, { description: 'Batches planned, in flight and done, and counts so far.' });
  setHandler(
    setConcurrency,
    (value) => {
      concurrency = value;
      show();
      return value;
    },
    {
      description: `Batches in flight at most, 1 to ${MOST_CONCURRENCY}.`,
      validator: (value) => assertConcurrency('setConcurrency', value),
    },
  );

  show();
  plan ??= await planSweep.executeWithOptions({ summary: `divide the audience, as of ${asOf}` }, [
    {
      workflowId,
      firstRunId: firstExecutionRunId,
      asOf,
      scenarioTypes: input.scenarioTypes,
      mode: { limit: input.limit ?? null, sendLate: input.sendLate ?? false },
      mentorsPerBatch: input.mentorsPerBatch ?? DEFAULT_MENTORS_PER_BATCH,
      timezone: input.timezone ?? 'Europe/Oslo',
    },
  ]);
  upsertSearchAttributes([
    { key: SCENARIO_TYPE, value: [...plan.scenarioTypes] },
    { key: EVALUATION_DATE, value: plan.evaluationDate },
  ]);
  show();

  const request = (index: number): BatchRequest => {
    const { scenarioTypes, batches, planKey } = plan!;
    const scenarioType = scenarioTypes[index % scenarioTypes.length]!;
    const range = Math.floor(index / scenarioTypes.length);
    return {
      batchKey: batchKey(scenarioType, planKey, range),
      planKey,
      scenarioType,
      asOf,
      range: rangeOf(range, batches),
      ...(input.sendLate && { sendLate: true }),
      ...(input.limit !== undefined && {
        // Of the plan, as its batches are: sweeps that share those share what may be sent.
        budget: { sweepKey: [planKey, ...scenarioTypes].join('/'), allowance: input.limit },
      }),
    };
  };

  const startedBefore = next;
  const batchesPerRun = input.batchesPerRun ?? DEFAULT_BATCHES_PER_RUN;
  const isRunFull = () => next - startedBefore >= batchesPerRun || workflowInfo().continueAsNewSuggested;

  while (next < planned() && !stopping && !isRunFull()) {
    await condition(() => stopping || (!paused && inFlight < concurrency));
    if (stopping) break;
    const batch = request(next);
    const summary = batchSummary(plan, batch.scenarioType, next++);
    inFlight++;
    show();
    void runBatch(batch, { summary, evaluationDate: plan.evaluationDate })
      .then((result) => {
        counts[batch.scenarioType] = addCounts(counts[batch.scenarioType] ?? NO_COUNTS, result);
        done++;
      })
      .catch((error: unknown) => {
        failures.push(`${batch.batchKey}: ${reasonOf(error)}`);
      })
      .finally(() => {
        inFlight--;
        show();
      });
  }
  await condition(() => inFlight === 0);

  if (next < planned() && !stopping) {
    await condition(allHandlersFinished);
    const continued = { asOf, plan, next, done, failures, counts, concurrency, paused, stopping };
    return continueAsNew<typeof scenarioSweep>({ ...input, continued });
  }

  const sweep = { workflowId, firstRunId: firstExecutionRunId, finished: true };
  const sums = await countSweep.executeWithOptions({ summary: `sum up ${done} batches` }, [sweep]);
  const scenarios = Object.fromEntries(plan.scenarioTypes.map((type) => [type, sums[type] ?? NO_COUNTS]));
  finished = true;
  show();
  await condition(allHandlersFinished);
  if (failures.length > 0) {
    throw ApplicationFailure.nonRetryable(
      `${failures.length} of ${planned()} batches failed, the others are done; start the sweep again to run them: ${failures.slice(0, 5).join('; ')}`,
      'BatchesFailed',
    );
  }
  return { as_of: asOf, scenarios };
}

/**
 * Runs a batch, or waits for the sweep that does: one that has completed is done, one that failed runs again. The
 * workflow's id is the first line only; the batch's row in the database decides whether it is evaluated.
 */
async function runBatch(
  batch: BatchRequest,
  { summary, evaluationDate }: { summary: string; evaluationDate: string },
): Promise<ScenarioCounts> {
  for (let reusePolicy: WorkflowIdReusePolicy = WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY; ;) {
    try {
      const child = await startChild(scenarioBatch, {
        workflowId: batch.batchKey,
        args: [batch],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: reusePolicy,
        typedSearchAttributes: [
          { key: SCENARIO_TYPE, value: [batch.scenarioType] },
          { key: EVALUATION_DATE, value: evaluationDate },
        ],
        staticSummary: summary,
      });
      return await child.result();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const result = await awaitBatch.executeWithOptions({ summary: `wait for another sweep's ${batch.batchKey}` }, [
        batch.batchKey,
      ]);
      if (result) return result;
      reusePolicy = WorkflowIdReusePolicy.ALLOW_DUPLICATE;
    }
  }
}

function nominalTime(): string {
  const scheduled = workflowInfo().typedSearchAttributes.get({
    name: 'TemporalScheduledStartTime',
    type: 'DATETIME',
  });
  return (scheduled ?? workflowInfo().startTime).toISOString();
}

function refuseBadInput(input: SweepInput): void {
  assertConcurrency('concurrency', input.concurrency ?? DEFAULT_CONCURRENCY);
  const wholeNumbers = { limit: 0, mentorsPerBatch: 1, batchesPerRun: 1 } as const;
  for (const [field, least] of Object.entries(wholeNumbers)) {
    const value = input[field as keyof typeof wholeNumbers];
    if (value !== undefined && (!Number.isSafeInteger(value) || value < least)) {
      throw refusal(
        new CodedError('E_SWEEP_INPUT', `${field}: expected a whole number, ${least} or more, got ${shown(value)}`),
      );
    }
  }
}

function assertConcurrency(field: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > MOST_CONCURRENCY) {
    throw refusal(
      new CodedError(
        'E_CONCURRENCY',
        `${field}: expected a whole number from 1 to ${MOST_CONCURRENCY}, got ${shown(value)}`,
      ),
    );
  }
}

/** The SDK's wrappers say that something failed; what failed stands innermost. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

/** Who sends a megabyte need not get it back, nor is it to be kept in the history. */
function shown(value: unknown): string {
  const text = String(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
