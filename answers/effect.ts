import type { Kysely } from 'kysely';
import {
  effectCells,
  organizationNames,
  UNTOLD_REASONS,
  WITHIN_DAYS,
  type EffectCell,
  type UntoldReason,
} from '../db/effect.ts';
import type { Database } from '../db/tables.ts';
import { wilson } from '../domain/wilson.ts';

/** How many of some people were active again. Shares are null where nobody's fourteen days are over. */
export interface ActiveAgain {
  readonly people: number;
  readonly active_again: number;
  readonly share: number | null;
  /** The 95 % interval. */
  readonly low: number | null;
  readonly high: number | null;
  readonly waiting: number;
}

/** `told`: they got a reminder. `notTold`: they were due, and had no device, had opted out or were capped. */
export interface Comparison {
  /** A month, or an id; null: a rule that was deleted, or no organisation. */
  readonly key: string | null;
  readonly told: ActiveAgain;
  readonly notTold: ActiveAgain;
}

/** Did a reminder of inactivity help? No experiment: docs/decisions/0015-did-it-help.md. */
export interface Effect {
  readonly asOf: Date;
  /** `YYYY-MM-DD`: the first day that counts. */
  readonly since: string;
  readonly withinDays: number;
  readonly cells: readonly EffectCell[];
  readonly all: Comparison;
  /** Each reason for itself; `other` is in none of the comparisons. */
  readonly untold: Readonly<Record<UntoldReason, ActiveAgain>>;
  readonly byMonth: readonly Comparison[];
  readonly byOrganization: readonly Comparison[];
  readonly byRule: readonly Comparison[];
  /** Of organisations, where the reader may see them. */
  readonly names: ReadonlyMap<string, string>;
}

export interface EffectRequest {
  /** `YYYY-MM-DD`. @default a year before `now` */
  readonly since?: string | undefined;
  readonly now: Date;
  /** Of mentors in these chapters. @default all */
  readonly chapterIds?: readonly string[];
}

/** Throws {@link ScenarioRepositoryException}. */
export async function effect(db: Kysely<Database>, { since, now, chapterIds }: EffectRequest): Promise<Effect> {
  const from = since ?? aYearBefore(now);
  const cells = await effectCells(db, { since: from, now, chapterIds: chapterIds ?? null });
  return { ...summarize(cells), asOf: now, since: from, names: await organizationNames(db) };
}

export function summarize(cells: readonly EffectCell[]): Omit<Effect, 'asOf' | 'since' | 'names'> {
  const by = (keyOf: (cell: EffectCell) => string | null) =>
    [...Map.groupBy(cells, keyOf)]
      .map(([key, own]) => compare(key, own))
      .sort((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1));
  return {
    withinDays: WITHIN_DAYS,
    cells,
    all: compare('all', cells),
    untold: Object.fromEntries(
      UNTOLD_REASONS.map((reason) => [reason, sum(cells.filter((cell) => cell.reason === reason))]),
    ) as Record<UntoldReason, ActiveAgain>,
    byMonth: by(({ month }) => month),
    byOrganization: by(({ organization_id }) => organization_id),
    byRule: by(({ scenario_rule_id }) => scenario_rule_id),
  };
}

function compare(key: string | null, cells: readonly EffectCell[]): Comparison {
  return {
    key,
    told: sum(cells.filter(({ reason }) => reason === null)),
    notTold: sum(cells.filter(({ reason }) => reason !== null && reason !== 'other')),
  };
}

export function sum(cells: readonly Pick<EffectCell, 'people' | 'active_again' | 'waiting'>[]): ActiveAgain {
  const add = (pick: (cell: (typeof cells)[number]) => number) => cells.reduce((n, cell) => n + pick(cell), 0);
  const [people, activeAgain] = [add((cell) => cell.people), add((cell) => cell.active_again)];
  const { share, low, high } = wilson(activeAgain, people) ?? { share: null, low: null, high: null };
  return { people, active_again: activeAgain, share, low, high, waiting: add((cell) => cell.waiting) };
}

/** `YYYY-MM-DD` */
export function aYearBefore(now: Date): string {
  const from = new Date(now);
  from.setUTCFullYear(from.getUTCFullYear() - 1);
  return from.toISOString().slice(0, 10);
}
