import type { Kysely } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { runsOfSweep, type Run } from './list-runs.ts';
import { guard } from './repository-exception.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** A local date, `YYYY-MM-DD`, and how many were sent on it. */
export interface SentOnDay {
  readonly day: string;
  readonly scenario_type: ScenarioType;
  readonly sent: number;
}

/** How many lines of the follow-up log a day has. */
export interface LoggedOnDay {
  readonly day: string;
  readonly scenario_type: ScenarioType;
  readonly status: 'delivered' | 'failed' | 'skipped';
  readonly n: number;
}

export interface DeferredUntil {
  readonly scenario_type: ScenarioType;
  readonly first: Date;
  readonly last: Date;
}

/** From when, and on whose clock a day begins. */
export interface Days {
  readonly since: Date;
  /** IANA name. */
  readonly timezone: string;
}

const last = statementFromFile<Pick<Run, 'scenario_type' | 'workflow_id' | 'first_run_id'>>('last-sweeps');
const sentByDay = statementFromFile<SentOnDay>('sent-by-day');
const logByDay = statementFromFile<LoggedOnDay>('log-by-day');
const until = statementFromFile<DeferredUntil>('deferred-until');

/** The latest sweep of each scenario type, with counts of now where it has not ended. Throws {@link ScenarioRepositoryException}. */
export async function lastRuns(db: Kysely<Database>, scenarioTypes: readonly ScenarioType[]): Promise<Run[]> {
  const found = await guard('lastRuns', () => all(db, last, { scenario_types: scenarioTypes }));
  // A sweep of all types is one of each.
  const ids = [...new Set(found.map(({ workflow_id }) => workflow_id))];
  const runs = (await Promise.all(ids.map((id) => runsOfSweep(db, id)))).flat();
  return found.flatMap(
    ({ scenario_type, first_run_id }) =>
      runs.find((run) => run.scenario_type === scenario_type && run.first_run_id === first_run_id) ?? [],
  );
}

/** What sweeps have sent. Throws {@link ScenarioRepositoryException}. */
export async function readSentByDay(db: Kysely<Database>, { since, timezone }: Days): Promise<SentOnDay[]> {
  return guard('readSentByDay', () => all(db, sentByDay, { since, timezone }));
}

/** What the log of their chapters says; within the transaction of a person. */
export async function readLogByDay(db: Kysely<Database>, { since, timezone }: Days): Promise<LoggedOnDay[]> {
  return guard('readLogByDay', () => all(db, logByDay, { since, timezone }));
}

/** Throws {@link ScenarioRepositoryException}. */
export async function readDeferredUntil(
  db: Kysely<Database>,
  scenarioTypes: readonly ScenarioType[],
  now: Date,
): Promise<DeferredUntil[]> {
  return guard('readDeferredUntil', () => all(db, until, { scenario_types: scenarioTypes, now }));
}
