import { sql, type Kysely } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { Database } from './tables.ts';

/** The latest `triggered_at` of a mentor's records of the type, those of unknown outcome included; null without any. */
export async function lastSentAt(
  db: Kysely<Database>,
  userId: string,
  scenarioType: ScenarioType,
): Promise<Date | null> {
  const row = await db
    .selectFrom('scenario_notifications')
    .select((eb) => eb.fn.max('triggered_at').as('at'))
    .where('user_id', '=', userId)
    .where('scenario_type', '=', scenarioType)
    .executeTakeFirst();
  return (row?.at as Date | null | undefined) ?? null;
}

/** Whether a mentor has a record of the type triggered at or after `since`. */
export async function wasSentSince(
  db: Kysely<Database>,
  userId: string,
  scenarioType: ScenarioType,
  since: Date,
): Promise<boolean> {
  const row = await db
    .selectFrom('scenario_notifications')
    .select('id')
    .where('user_id', '=', userId)
    .where('scenario_type', '=', scenarioType)
    .where('triggered_at', '>=', since)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * When the cooldown after a mentor's latest record of the type ends; null without a record.
 * The sum is made in SQL: a Date has no microseconds, and exactly a cooldown ago must pass.
 */
export async function cooldownEndsAfter(
  db: Kysely<Database>,
  userId: string,
  scenarioType: ScenarioType,
  cooldownMinutes: number,
  asOf: Date,
): Promise<{ endsAt: Date; isActive: boolean } | null> {
  const endsAt = sql<Date>`max(cooldown_from) + make_interval(mins => ${cooldownMinutes})`;
  const row = await db
    .selectFrom('scenario_notifications')
    .select([endsAt.as('endsAt'), sql<boolean>`${endsAt} > ${asOf}::timestamptz`.as('isActive')])
    .where('user_id', '=', userId)
    .where('scenario_type', '=', scenarioType)
    .having((eb) => eb.fn.countAll(), '>', 0)
    .executeTakeFirst();
  return row ?? null;
}
