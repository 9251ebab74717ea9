import type { Kysely } from 'kysely';
import type { ScheduleRow } from '../client/schedule-rows.ts';
import { whenHoursBegin } from '../db/explain.ts';
import type { Database } from '../db/tables.ts';
import type { NextEvaluation } from '../domain/explanation/account.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { sweepScheduleId } from '../domain/scenarios/sweep-schedule-id.ts';
import { nextEligibleAt } from './account.ts';
import type { MentorAnswer } from './mentor.ts';

/** The next evaluation of each type; empty where nothing is due at any time that can be told. */
export type NextEvaluations = ReadonlyMap<ScenarioType, NextEvaluation>;

/** Null: no Temporal server answers. */
type ReadSchedules = () => Promise<readonly ScheduleRow[] | null>;

/**
 * When the Schedule of each type fires next, where the mentor may be notified then. A type is absent where its Schedule is,
 * or fires at times that cannot be told. Null: the Schedules were needed and could not be read.
 */
export async function nextEvaluations(
  db: Kysely<Database>,
  { scenarios, asOf }: MentorAnswer,
  readSchedules: ReadSchedules,
): Promise<NextEvaluations | null> {
  const wanted = scenarios.flatMap(({ explanation, found }) => {
    const from = nextEligibleAt(explanation, found.rule, asOf);
    return from ? [{ type: explanation.scenario_type, from }] : [];
  });
  if (wanted.length === 0) return new Map();
  const schedules = await readSchedules();
  if (!schedules) return null;
  // Not before it is needed: loading it takes longer than most commands.
  const { nextFiring } = await import('../client/cron.ts');
  const firings = wanted.flatMap(({ type, from }) => {
    const schedule = schedules.find(({ schedule_id }) => schedule_id === sweepScheduleId(type));
    const at = schedule && nextFiring(schedule.cron, schedule.timezone, from);
    return at ? [{ type, at, isPaused: schedule.paused }] : [];
  });
  if (firings.length === 0) return new Map();
  // Hours are the mentor's, whatever the type.
  const instants = firings.map(({ at }) => at);
  const hours = await whenHoursBegin(db, instants, scenarios[0]!.found.rule);
  return new Map(
    firings.map(({ type, at, isPaused }, i) => [
      type,
      { at: at.toISOString(), sendAt: hours[i]?.toISOString() ?? null, isPaused },
    ]),
  );
}
