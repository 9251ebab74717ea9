import { condition } from '@temporalio/workflow';
import { MINUTE, SECOND } from '../domain/durations.ts';
import type { Braked } from '../domain/brake.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { lookAtBrakes } from './activities.ts';
import { withdrawInParts } from './sweep-steps.ts';

/** Between two looks for an answer that another sweep of the same batches was given, or for the end of the time for one. */
const LONGEST_LOOK = MINUTE;

/** A batch that was evaluated and whose claims may not leave. */
export interface HeldBatch {
  readonly index: number;
  readonly batchKey: string;
  readonly scenarioType: ScenarioType;
  /** This sweep ran it, and not another one of the same plan. */
  readonly isOwn: boolean;
}

/** What a sweep hands itself when it continues as new. */
export interface BrakesSoFar {
  readonly held: readonly HeldBatch[];
  readonly released: readonly HeldBatch[];
  readonly braked: Readonly<Record<string, Braked>>;
  readonly resumed: readonly ScenarioType[];
  readonly atPause: readonly string[] | null;
}

/**
 * The batches of a sweep that are braked, and what became of them. Whether something is braked stands in the database,
 * where every dispatch obeys it; here it is shown, answered, and run again once it may go on.
 */
export class SweepBrakes {
  readonly #onChange: () => void;
  readonly #planKey: () => string;
  #held: HeldBatch[];
  /** To be run again: their types were answered, or turned out not to be too many. */
  readonly #released: HeldBatch[];
  #braked: Record<string, Braked>;
  /** Types that were answered `resume`, until that is written. */
  readonly #resumed: Set<ScenarioType>;
  /** What was braked when the sweep was paused: a resume speaks of that and of nothing that came later. */
  #atPause: readonly string[] | null;
  #isNew = true;
  #isWatched = false;
  #isOver = false;

  constructor(before: BrakesSoFar | undefined, planKey: () => string, onChange: () => void) {
    this.#planKey = planKey;
    this.#onChange = onChange;
    this.#held = [...(before?.held ?? [])];
    this.#released = [...(before?.released ?? [])];
    this.#braked = { ...before?.braked };
    this.#resumed = new Set(before?.resumed);
    this.#atPause = before?.atPause ?? null;
  }

  /** What is braked, by scenario type; null: nothing. */
  get braked(): Readonly<Record<string, Braked>> | null {
    return Object.keys(this.#braked).length > 0 ? this.#braked : null;
  }

  get holdsAny(): boolean {
    return this.#held.length + this.#released.length > 0;
  }

  get hasReleased(): boolean {
    return this.#released.length > 0;
  }

  /** The next batch to run again. */
  takeReleased(): HeldBatch | undefined {
    return this.#released.shift();
  }

  hold(batch: HeldBatch): void {
    this.#held.push(batch);
    if (!this.#braked[batch.scenarioType]) this.#isNew = true;
    this.watch();
  }

  /** A batch has ended: a sample may have become large enough, or everything is evaluated. */
  batchEnded(isLast: boolean): void {
    if (isLast || this.#held.some(({ scenarioType }) => !this.#braked[scenarioType])) this.#isNew = true;
  }

  pause(): void {
    this.#atPause ??= Object.keys(this.#braked);
  }

  /** Sends what is braked; after a pause, what was braked when it began. */
  resume(): void {
    for (const type of Object.keys(this.#braked)) {
      if (this.#atPause?.includes(type) ?? true) this.#resumed.add(type as ScenarioType);
    }
    this.#atPause = null;
  }

  /** Looks for answers while anything is held. Run again after continuing as new. */
  watch(): void {
    if (this.#isWatched || this.#isOver || this.#held.length === 0) return;
    this.#isWatched = true;
    void this.#watch()
      // The workflow was canceled, and ends.
      .catch(() => (this.#isOver = true))
      .finally(() => {
        this.#isWatched = false;
        this.watch();
      });
  }

  /** Withdraws what this sweep ran itself and was held. */
  async withdraw(): Promise<void> {
    this.#isOver = true;
    const own = [...this.#held, ...this.#released].filter(({ isOwn }) => isOwn);
    if (own.length === 0) return;
    await this.#look(typesOf(own), typesOf(own), 'withdrawn');
    const keys = own.map(({ batchKey }) => batchKey);
    await withdrawInParts(keys, 'withdraw what was braked');
  }

  soFar(): BrakesSoFar {
    return {
      held: this.#held,
      released: this.#released,
      braked: this.#braked,
      resumed: [...this.#resumed],
      atPause: this.#atPause,
    };
  }

  async #watch(): Promise<void> {
    for (let wait = SECOND; this.#held.length > 0; wait = Math.min(2 * wait, LONGEST_LOOK)) {
      await condition(() => this.#isOver || this.#isNew || this.#resumed.size > 0, wait);
      if (this.#isOver) return;
      this.#isNew = false;
      await this.#look(typesOf(this.#held), [...this.#resumed], 'released');
    }
  }

  async #look(scenarioTypes: ScenarioType[], answered: ScenarioType[], answer: 'released' | 'withdrawn') {
    const summary = answered.length > 0 ? `${answer}: ${answered.join(', ')}` : `braked: ${scenarioTypes.join(', ')}`;
    const request = { planKey: this.#planKey(), scenarioTypes, answered, answer };
    const views = await lookAtBrakes.executeWithOptions({ summary }, [request]);
    for (const type of answered) this.#resumed.delete(type);
    for (const type of scenarioTypes) {
      const { state, braked } = views[type] ?? { state: 'clear' };
      const { [type]: _, ...others } = this.#braked;
      this.#braked = braked ? { ...others, [type]: braked } : others;
      if (state === 'undecided' || state === 'braked') continue;
      this.#released.push(...this.#held.filter(({ scenarioType }) => scenarioType === type));
      this.#held = this.#held.filter(({ scenarioType }) => scenarioType !== type);
    }
    this.#onChange();
  }
}

function typesOf(batches: readonly HeldBatch[]): ScenarioType[] {
  return [...new Set(batches.map(({ scenarioType }) => scenarioType))];
}
