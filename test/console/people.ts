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
