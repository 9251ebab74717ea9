import { sql } from 'kysely';
import type { TestDatabase } from '../support/database.ts';
import { chapter, daysBefore, mentor, organization } from '../support/factories.ts';

/** Ten in the morning in Oslo. */
export const NOW = new Date('2026-11-20T09:00:00Z');
export const SCRIPT = '<script>alert(1)</script>';

/** A chapter with its coordinator and a mentor who is due, in an organisation with an administrator. */
export interface Place {
  readonly chapterId: string;
  readonly coordinator: string;
  readonly mentor: string;
}

export async function place({ db }: TestDatabase, organizationId: string, name: string): Promise<Place> {
  const chapterId = await chapter(db, { organizationId });
  await db.updateTable('chapters').set({ name }).where('id', '=', chapterId).execute();
  return {
    chapterId,
    coordinator: await mentor(db, { chapterId, role: 'coordinator', devices: [] }),
    mentor: await mentor(db, { chapterId, activities: [daysBefore(NOW, 40)] }),
  };
}

/** Two chapters of one organisation with its administrator, and one of another. */
export async function world(database: TestDatabase) {
  const north = await organization(database.db);
  await database.db.updateTable('organizations').set({ name: SCRIPT }).where('id', '=', north).execute();
  const a = await place(database, north, `Asker ${SCRIPT}`);
  const b = await place(database, north, 'Bergen');
  const elsewhere = await place(database, await organization(database.db), 'Celle');
  const administrator = await mentor(database.db, { chapterId: b.chapterId, role: 'administrator', devices: [] });
  return { a, b, elsewhere, administrator };
}

let lines = 0;

/** A line of the follow-up log, of the default rule. */
export async function logged(
  { db }: TestDatabase,
  chapterId: string,
  mentorId: string,
  at: Date,
  status: 'delivered' | 'failed' | 'skipped' = 'delivered',
): Promise<void> {
  await sql`
    insert into follow_up_notification_log (
      peer_mentor_id, chapter_id, scenario_rule_id, delivered_at, delivery_channel, idempotency_key, status)
    select ${mentorId}, ${chapterId}, r.id, ${at}, 'fcm', ${`line ${++lines}`}, ${status}
    from scenario_rules r
    where r.scenario_type = 'inactivity' and r.chapter_id is null and r.organization_id is null`.execute(db);
}

/** Claims that are held, each a minute later than the one before, with their records; returns their keys. */
export async function heldClaims(database: TestDatabase, n: number, scenarioType = 'inactivity'): Promise<string[]> {
  const chapterId = (await database.db.selectFrom('chapters').select('id').limit(1).executeTakeFirst())?.id;
  const id = await mentor(database.db, chapterId ? { chapterId } : {});
  const { rows } = await sql<{ key: string }>`
    with batch as (
      insert into evaluation_batches (batch_key, plan_key, scenario_type, as_of, range_from, workflow_id, run_id, evaluated_at)
      values (${`batch ${id}`}, 'plan', ${scenarioType}, ${NOW}, ${id}, 'workflow', 'run', ${NOW})
      returning batch_key
    ), claims as (
      insert into scenario_claims (
        batch_key, user_id, chapter_id, scenario_type, triggered_at, evaluation_date, cooldown_window_start, window_slot,
        occurrence, idempotency_key, date_window, on_unknown, expires_at, claimed_at, dispatched_at, settled_at, state)
      select b.batch_key, u.id, u.chapter_id, ${scenarioType}, ${NOW}, '2026-11-20', '-infinity', n::text, 'o' || n,
        encode(sha256(convert_to(u.id::text || n, 'UTF8')), 'hex'), '2026-11-20', 'hold', ${NOW}, ${NOW}, ${NOW},
        ${NOW}::timestamptz + make_interval(mins => n), 'held'
      from batch b, users u, generate_series(1, ${n}) n
      where u.id = ${id}
      returning *
    ), records as (
      insert into scenario_notifications (
        user_id, scenario_type, triggered_at, dispatched_at, evaluation_date, cooldown_window_start, window_slot, occurrence,
        delivery_status, idempotency_key)
      select user_id, scenario_type, triggered_at, dispatched_at, evaluation_date, cooldown_window_start, window_slot,
        occurrence, 'unknown', idempotency_key
      from claims
    )
    select idempotency_key as key from claims order by settled_at`.execute(database.db);
  return rows.map(({ key }) => key);
}
