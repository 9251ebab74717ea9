import type { Kysely } from 'kysely';
import { SCENARIO_TYPES, type ScenarioType } from '../domain/scenarios/registry.ts';
import { guard } from './repository-exception.ts';
import { first, must } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

export interface DispatchState {
  /** 0 when everything is settled. */
  readonly oldest_unsettled_seconds: number;
  /** Notifications that wait for their mentor's hours. */
  readonly deferred: Readonly<Record<ScenarioType, number>>;
  /** Notifications that wait for an operator. */
  readonly held: number;
  /** An operator has stopped all sending. */
  readonly is_halted: boolean;
  /** A project of the push service is not sent to for now. */
  readonly is_gate_closed: boolean;
  /** About how many notifications are braked; 0 without any. */
  readonly braked: Readonly<Record<ScenarioType, number>>;
  readonly platforms_set_aside: readonly string[];
  /** Notifications that could not be settled for reasons of their own, and are tried again. */
  readonly not_settled: number;
  /** Unix time in seconds; 0 = never. */
  readonly last_sweeps: Readonly<Record<ScenarioType, number>>;
}

const dispatchState = statementFromFile<DispatchState>('dispatch-state');

/** What an operator wants to know at a glance, from all workers' work. Throws {@link ScenarioRepositoryException}. */
export async function readDispatchState(db: Kysely<Database>, now: Date): Promise<DispatchState> {
  return guard('readDispatchState', async () =>
    must(await first(db, dispatchState, { scenario_types: SCENARIO_TYPES, now })),
  );
}
