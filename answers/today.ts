import type { Kysely } from 'kysely';
import { readDispatchState, type DispatchState } from '../db/dispatch-state.ts';
import type { Failures, Run } from '../db/list-runs.ts';
import type { Database } from '../db/tables.ts';
import {
  lastRuns,
  readDeferredUntil,
  readSentByDay,
  type Days,
  type DeferredUntil,
  type SentOnDay,
} from '../db/today.ts';
import { DAY } from '../domain/durations.ts';
import { SCENARIO_TYPES, type ScenarioType } from '../domain/scenarios/registry.ts';
import type { KnownFailures } from './known-failures.ts';

/** What an operator wants to see first: how the last sweeps went, and what keeps anything from being sent. */
export interface Today {
  /** The latest of each type; one that was never swept is absent. */
  readonly runs: ReadonlyMap<ScenarioType, Run>;
  /** What notifications of these runs failed with, by run id. */
  readonly failures: ReadonlyMap<string, Failures>;
  readonly deferred: ReadonlyMap<ScenarioType, DeferredUntil>;
  readonly state: DispatchState;
  readonly sent: readonly SentOnDay[];
}

const SHOWN_DAYS = 30;

export async function today(
  db: Kysely<Database>,
  { now, timezone, known }: { now: Date; timezone: string; known: KnownFailures },
): Promise<Today> {
  const [runs, deferred, state, sent] = await Promise.all([
    lastRuns(db, SCENARIO_TYPES),
    readDeferredUntil(db, SCENARIO_TYPES, now),
    readDispatchState(db, now),
    readSentByDay(db, thirtyDays(now, timezone)),
  ]);
  return {
    failures: await known.of(db, runs),
    runs: new Map(runs.map((run) => [run.scenario_type, run])),
    deferred: new Map(deferred.map((row) => [row.scenario_type, row])),
    state,
    sent,
  };
}

/** A day more than is shown: the first begins somewhere within it. */
export function thirtyDays(now: Date, timezone: string): Days {
  return { since: new Date(now.getTime() - SHOWN_DAYS * DAY), timezone };
}

/** The local dates that are shown, the oldest first. */
export function shownDays(now: Date, timezone: string): string[] {
  const last = new Date(`${now.toLocaleDateString('sv-SE', { timeZone: timezone })}T12:00:00Z`).getTime();
  return Array.from({ length: SHOWN_DAYS }, (_, i) =>
    new Date(last - (SHOWN_DAYS - 1 - i) * DAY).toISOString().slice(0, 10),
  );
}
