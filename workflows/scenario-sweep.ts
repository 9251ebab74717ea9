import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BatchRequest } from '../activities/create-activities.ts';
import type { SweepPlan } from '../activities/sweep-plan.ts';
import { rangeOf } from '../domain/mentor-range.ts';
import { addCounts, batchKey, NO_COUNTS, type ScenarioCounts, type SweepResult } from '../domain/sweep.ts';
import { countSweep, planSweep } from './activities.ts';
import { batchSummary, describeSweep } from './details.ts';
import { runBatchOnce } from './run-batch-once.ts';
import { EVALUATION_DATE, SCENARIO_TYPE } from './search-attributes.ts';
import {
  assertConcurrency,
  handOver,
  MOST_CONCURRENCY,
  MOST_FAILURES,
  readSoFar,
  readSweepInput,
  type SweepInput,
  type SweepSoFar,
} from './sweep-input.ts';
import { SweepBrakes, type HeldBatch } from './sweep-brakes.ts';
import { batchesFailed, nominalTime, reasonOf, withdrawInParts, withdrawWhileRunning } from './sweep-steps.ts';
import { pause, progress, resume, setConcurrency, stop, type SweepProgress } from './sweep-messages.ts';

export type { SweepInput } from './sweep-input.ts';

/**
 * A sweep: plans ranges of mentors once, and runs one child for each scenario type and range, a bounded number at a
 * time. Batches are numbered range by range, so that all types of one range are near each other in time.
 */
export async function scenarioSweep(given: SweepInput = {}): Promise<SweepResult> {
  const input = readSweepInput(given);
  const sweep = new Sweep(input, readSoFar(given));
  sweep.listen();
  await sweep.plan();
  await sweep.runBatches();
  if (!sweep.isDone()) {
    await condition(allHandlersFinished);
    return continueAsNew<typeof scenarioSweep>(handOver(given, sweep.soFar()));
  }
  return sweep.end();
}

class Sweep {
  readonly #input: ReturnType<typeof readSweepInput>;
  readonly #asOf: string;
  readonly #counts: Record<string, ScenarioCounts>;
  readonly #failures: string[];
  /** Keys of the batches in flight, and of those that this sweep runs itself. */
  readonly #running = new Set<string>();
  readonly #own = new Set<string>();
  /** Numbers of its own batches that are done but for what waits for its mentors' hours. */
  readonly #deferring: number[];
  #plan: SweepPlan | null;
  #next: number;
  #done: number;
  #failed: number;
  #concurrency: number;
  #paused: boolean;
  #stopping: boolean;
  #finished = false;
  readonly #brakes: SweepBrakes;

  constructor(input: ReturnType<typeof readSweepInput>, before: SweepSoFar | null) {
    this.#input = input;
    this.#asOf = before?.asOf ?? input.asOf ?? nominalTime();
    this.#plan = before?.plan ?? null;
    this.#next = before?.next ?? 0;
    this.#done = before?.done ?? 0;
    this.#failures = [...(before?.failures ?? [])];
    this.#failed = before?.failed ?? this.#failures.length;
    this.#counts = { ...before?.counts };
    this.#deferring = [...(before?.deferring ?? [])];
    this.#concurrency = before?.concurrency ?? input.concurrency;
    this.#paused = before?.paused ?? false;
    this.#stopping = before?.stopping ?? false;
    this.#brakes = new SweepBrakes(
      before?.brakes,
      () => this.#plan!.planKey,
      () => this.#show(),
    );
  }

  /** How operators meet it. */
  listen(): void {
    const change = (apply: () => void) => () => {
      apply();
      this.#show();
    };
    const description = `Batches in flight at most, 1 to ${MOST_CONCURRENCY}. Each worker evaluates four at a time, whatever it says here.`;
    setHandler(
      pause,
      change(() => {
        this.#paused = true;
        this.#brakes.pause();
      }),
      { description: 'Start no further batch until resumed.' },
    );
    setHandler(
      resume,
      change(() => {
        this.#paused = false;
        this.#brakes.resume();
      }),
      { description: 'Go on after a pause, and send what is braked.' },
    );
    setHandler(
      stop,
      change(() => (this.#stopping = true)),
      {
        description: 'Start nothing more, and withdraw what was claimed and has not been sent.',
      },
    );
    setHandler(progress, () => this.#progress(), {
      description: 'Batches planned, in flight and done, and counts so far.',
    });
    setHandler(
      setConcurrency,
      (value) => {
        change(() => (this.#concurrency = value))();
        return value;
      },
      { description, validator: (value) => assertConcurrency('setConcurrency', value) },
    );
    this.#show();
  }

  async plan(): Promise<void> {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    const { scenarioTypes, limit = null, sendLate, mentorsPerBatch, timezone, brake } = this.#input;
    const mode = { limit, sendLate };
    const sweep = { workflowId, firstRunId: firstExecutionRunId, asOf: this.#asOf };
    this.#plan ??= await planSweep.executeWithOptions({ summary: `divide the audience, as of ${this.#asOf}` }, [
      { ...sweep, scenarioTypes, mode, mentorsPerBatch, timezone, brake: brake ?? {} },
    ]);
    upsertSearchAttributes([
      { key: SCENARIO_TYPE, value: [...this.#plan.scenarioTypes] },
      { key: EVALUATION_DATE, value: this.#plan.evaluationDate },
    ]);
    this.#show();
  }

  /** Starts batches, a bounded number at a time, until all are started, it is stopped, or this run's history is full. */
  async runBatches(): Promise<void> {
    let started = 0;
    const isRunFull = () => started >= this.#input.batchesPerRun || workflowInfo().continueAsNewSuggested;
    this.#brakes.watch();
    do {
      while (!this.isDone() && !isRunFull()) {
        await condition(() => this.#stopping || this.#mayStart() || (this.#isAllStarted() && isRunFull()));
        if (this.#stopping) break;
        if (!this.#mayStart()) continue;
        started++;
        const held = this.#brakes.takeReleased();
        void this.#runBatch(held ? held.index : this.#next++, held);
      }
      await condition(() => this.#running.size === 0 || this.#stopping);
    } while (!this.isDone() && !isRunFull());
    await withdrawWhileRunning(this.#running, this.#own);
    if (!this.#stopping) return;
    await this.#brakes.withdraw();
    const deferring = this.#deferring.map((index) => this.#batch(index).batchKey);
    await withdrawInParts(deferring, "withdraw what waits for its mentors' hours");
  }

  isDone(): boolean {
    return this.#stopping || (this.#isAllStarted() && !this.#brakes.holdsAny);
  }

  #isAllStarted(): boolean {
    return this.#next >= this.#planned();
  }

  #mayStart(): boolean {
    const hasNext = !this.#isAllStarted() || this.#brakes.hasReleased;
    return hasNext && !this.#paused && this.#running.size < this.#concurrency;
  }

  soFar(): SweepSoFar {
    return {
      asOf: this.#asOf,
      plan: this.#plan!,
      next: this.#next,
      done: this.#done,
      failed: this.#failed,
      failures: this.#failures,
      counts: this.#counts,
      deferring: this.#deferring,
      concurrency: this.#concurrency,
      paused: this.#paused,
      stopping: this.#stopping,
      brakes: this.#brakes.soFar(),
    };
  }

  async end(): Promise<SweepResult> {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    const end = this.#failed > 0 ? 'failed' : this.#stopping ? 'stopped' : 'finished';
    const sums = await countSweep.executeWithOptions({ summary: `sum up ${this.#done} batches` }, [
      { workflowId, firstRunId: firstExecutionRunId, end },
    ]);
    Object.assign(this.#counts, sums);
    this.#finished = true;
    this.#show();
    await condition(allHandlersFinished);
    if (this.#failed > 0) throw batchesFailed(this.#failed, this.#planned(), this.#failures);
    const scenarios = Object.fromEntries(this.#plan!.scenarioTypes.map((type) => [type, sums[type] ?? NO_COUNTS]));
    return { as_of: this.#asOf, scenarios };
  }

  /** For the first time, or again after what it claimed was braked. */
  async #runBatch(index: number, held?: HeldBatch): Promise<void> {
    const plan = this.#plan!;
    const batch = this.#batch(index);
    const { scenarioType, batchKey } = batch;
    this.#running.add(batchKey);
    this.#show();
    try {
      const counts = await runBatchOnce(batch, {
        summary: batchSummary(plan, scenarioType, index),
        evaluationDate: plan.evaluationDate,
        onStart: () => this.#own.add(batchKey),
        isAgain: held !== undefined,
      });
      const isOwn = this.#own.has(batchKey) || (held?.isOwn ?? false);
      if (counts.isBraked) {
        this.#brakes.hold({ index, batchKey, scenarioType, isOwn });
      } else {
        // Read after the wait: others of its type have ended meanwhile.
        this.#counts[scenarioType] = addCounts(this.#counts[scenarioType] ?? NO_COUNTS, counts);
        this.#done++;
        if (counts.deferred > 0 && isOwn) this.#deferring.push(index);
      }
    } catch (error) {
      this.#failed++;
      if (this.#failures.length < MOST_FAILURES) this.#failures.push(`${batchKey}: ${reasonOf(error)}`);
    } finally {
      this.#running.delete(batchKey);
      this.#own.delete(batchKey);
      this.#brakes.batchEnded(this.#isAllStarted() && this.#running.size === 0);
      this.#show();
    }
  }

  #batch(index: number): BatchRequest {
    const { scenarioTypes, batches, planKey } = this.#plan!;
    const { sendLate, limit } = this.#input;
    const scenarioType = scenarioTypes[index % scenarioTypes.length]!;
    const range = Math.floor(index / scenarioTypes.length);
    return {
      batchKey: batchKey(scenarioType, planKey, range),
      planKey,
      scenarioType,
      asOf: this.#asOf,
      range: rangeOf(range, batches),
      ...(sendLate && { lateness: 'send' }),
      ...(limit !== undefined && {
        // Of the plan, as its batches are: sweeps that share those share what may be sent.
        budget: { sweepKey: [planKey, ...scenarioTypes].join('/'), allowance: limit },
      }),
    };
  }

  #planned(): number {
    return this.#plan ? this.#plan.batches * this.#plan.scenarioTypes.length : Infinity;
  }

  #state(): SweepProgress['state'] {
    if (this.#finished) return this.#stopping ? 'stopped' : 'finished';
    if (this.#stopping) return 'stopping';
    if (this.#paused) return 'paused';
    if (this.#brakes.braked) return 'braked';
    return this.#plan ? 'running' : 'planning';
  }

  #progress(): SweepProgress {
    return {
      as_of: this.#asOf,
      state: this.#state(),
      planned: this.#plan ? this.#planned() : 0,
      in_flight: this.#running.size,
      done: this.#done,
      failed: this.#failed,
      concurrency: this.#concurrency,
      ...(this.#brakes.braked && { braked: this.#brakes.braked }),
      scenarios: this.#counts,
    };
  }

  #show(): void {
    setCurrentDetails(describeSweep(this.#progress()));
  }
}
