import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { createDatabase } from '../support/database.ts';

export type Row = Record<string, unknown>;
export type Table =
  | 'scenario_rules'
  | 'scenario_notifications'
  | 'follow_up_notification_log'
  | 'scenario_claims'
  | 'delivery_attempts'
  | 'sweep_budgets';

export const types = [...SCENARIO_TYPES];
export const hex = (seed: number): string => seed.toString(16).padStart(64, '0');

/** A database with one mentor in one chapter, and a way to insert a sound row of which a test changes what it is about. */
export async function schemaRows() {
  const database = await createDatabase();
  const { pool } = database;
  let seed = 0;
  const {
    rows: [made],
  } = await pool.query<{ mentor: string; chapter: string }>(`
    with o as (insert into organizations (name) values ('Landet') returning id),
      c as (insert into chapters (organization_id, name) select id, 'Oslo' from o returning id),
      u as (insert into users (chapter_id, role) select id, 'peer_mentor' from c returning id)
    select u.id as mentor, c.id as chapter from u, c`);
  const { mentor, chapter } = made!;
  const { rows: rules } = await pool.query<{ id: string }>(
    `select id from scenario_rules where scenario_type = 'inactivity'`,
  );
  const rule = rules[0]!.id;
  await pool.query(`
    insert into evaluation_batches (batch_key, plan_key, scenario_type, as_of, range_from, workflow_id, run_id, evaluated_at)
    values ('b', 'p', 'inactivity', '2026-11-20T09:00Z', '00000000-0000-0000-0000-000000000000', 'w', 'r', '2026-11-20T09:00Z')`);

  const common = () => ({
    user_id: mentor,
    scenario_type: 'inactivity',
    scenario_rule_id: rule,
    triggered_at: '2026-11-20T09:00:00Z',
    evaluation_date: '2026-11-20',
    idempotency_key: hex(++seed),
    // Another one each, so that only what a test is about can collide.
    cooldown_window_start: new Date(Date.UTC(2020, 0, 1) + seed * 60_000).toISOString(),
  });
  const defaults: Record<Table, () => Row> = {
    scenario_rules: () => ({ chapter_id: chapter, scenario_type: 'milestone', cooldown_minutes: 0 }),
    scenario_notifications: () => ({ ...common(), dispatched_at: '2026-11-20T09:00:05Z', delivery_status: 'sent' }),
    scenario_claims: () => ({
      ...common(),
      batch_key: 'b',
      chapter_id: chapter,
      date_window: '2026-11-20',
      on_unknown: 'resend',
      expires_at: '2026-11-21T09:00:00Z',
      claimed_at: '2026-11-20T09:00:01Z',
    }),
    delivery_attempts: () => ({
      device_id: mentor,
      platform: 'android',
      attempt: 1,
      fence: 1,
      started_at: '2026-11-20T09:00:02Z',
    }),
    follow_up_notification_log: () => ({
      peer_mentor_id: mentor,
      chapter_id: chapter,
      scenario_rule_id: rule,
      delivered_at: '2026-11-20T09:00:05Z',
      delivery_channel: 'fcm',
      idempotency_key: hex(++seed),
      status: 'delivered',
    }),
    sweep_budgets: () => ({ sweep_key: `s${++seed}`, allowance: 10, remaining: 10 }),
  };

  async function insert(table: Table, values: Row = {}): Promise<Row> {
    const row = { ...defaults[table](), ...values };
    const columns = Object.keys(row);
    const { rows } = await pool.query<Row>(
      `insert into public.${table} (${columns.join(', ')}) values (${columns.map((_, at) => `$${at + 1}`).join(', ')}) returning *`,
      Object.values(row),
    );
    return rows[0]!;
  }

  /** Does it and takes it back, so that one test does not meet another's rows. */
  async function undone<T>(work: () => Promise<T>): Promise<T> {
    const tables =
      'scenario_notifications, scenario_claims, follow_up_notification_log, sweep_budgets, delivery_attempts';
    try {
      return await work();
    } finally {
      await pool.query(
        `truncate ${tables}; delete from scenario_rules where chapter_id is not null or organization_id is not null`,
      );
    }
  }

  return { pool, mentor, insert, undone, drop: () => database.drop() };
}
