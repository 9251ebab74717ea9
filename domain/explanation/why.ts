import type { Clock } from './when.ts';

/** One notification that there could be, as `explain` finds it. */
export interface Potential {
  readonly occurrence: string;
  readonly due: boolean;
  /** ISO instant at which it becomes due if nothing changes; null: nobody can say. */
  readonly due_at: string | null;
  /** As the scenario's SELECT names them. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface WhyContext {
  /** Whose rule it is: `the default rule`. */
  readonly rule: string;
  /** `YYYY-MM-DD` */
  readonly startsOn: string | null;
  /** Whether the mentor has ever registered an activity. */
  readonly hasBeenActive: boolean;
  readonly clock: Clock;
}

/** Halves of a sentence about a mentor who stays unnamed. */
export interface Why {
  /** `last active 13 days ago, the default rule waits for 30` */
  readonly why: string;
  /** What has to happen before they are due, where no date says when: `they are active again`. */
  readonly until: string | null;
}

/** Why a mentor is due, or is not, from what the scenario's SELECT says about them. */
export type ExplainWhy = (potential: readonly Potential[], context: WhyContext) => Why;

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

export function numbersOf(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'number') : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** `the default rule counts only what arises from 20 November on` */
export function countsFrom({ rule, clock }: WhyContext, startsOn: string): string {
  return `${rule} counts only what arises from ${clock.date(startsOn)} on`;
}
