import { afterAll, describe, expect, test } from '@jest/globals';
import { schemaRows } from './schema-rows.ts';

const { pool, insert, undone, drop } = await schemaRows();
afterAll(drop);

describe('cooldown_from', () => {
  test.each([
    ['at once', '09:00:00', 'triggered_at'],
    ['exactly two hours later', '11:00:00', 'triggered_at'],
    ['two hours and a second later', '11:00:01', 'dispatched_at'],
    ['two hours and a microsecond later', '11:00:00.000001', 'dispatched_at'],
    ['before (a clock that is behind)', '08:59:59', 'triggered_at'],
  ])('dispatched %s', async (_, time, expected) => {
    await undone(async () => {
      const { id } = await insert('scenario_notifications', { dispatched_at: `2026-11-20T${time}Z` });
      const { rows } = await pool.query(
        `select case cooldown_from when triggered_at then 'triggered_at' when dispatched_at then 'dispatched_at' end as is
         from scenario_notifications where id = $1`,
        [id],
      );
      expect(rows).toEqual([{ is: expected }]);
    });
  });

  test('cannot be written', async () => {
    await expect(insert('scenario_notifications', { cooldown_from: '2026-11-20T09:00:00Z' })).rejects.toMatchObject({
      code: '428C9',
    });
  });
});

describe('columns', () => {
  test.each([
    [
      'scenario_rules',
      `
      id                     uuid         not null  gen_random_uuid()
      organization_id        uuid         null
      chapter_id             uuid         null
      scenario_type          text         not null
      enabled                boolean      not null  true
      cooldown_minutes       integer      not null
      on_unknown             text         not null  'resend'::text
      parameters             jsonb        not null  '{}'::jsonb
      starts_on              date         null`,
    ],
    [
      'scenario_notifications',
      `
      id                     uuid         not null  gen_random_uuid()
      user_id                uuid         not null
      scenario_type          text         not null
      scenario_rule_id       uuid         null
      triggered_at           timestamptz  not null
      dispatched_at          timestamptz  not null
      cooldown_from          timestamptz  not null  generated
      evaluation_date        date         not null
      milestone_year         integer      null
      milestone_value        integer      null
      occurrence             text         not null  ''::text
      cooldown_window_start  timestamptz  not null
      window_slot            text         not null  ''::text
      delivery_status        text         not null
      idempotency_key        text         not null
      created_at             timestamptz  not null  now()`,
    ],
    [
      'follow_up_notification_log',
      `
      log_id                 uuid         not null  gen_random_uuid()
      peer_mentor_id         uuid         not null
      chapter_id             uuid         not null
      scenario_rule_id       uuid         not null
      delivered_at           timestamptz  not null
      delivery_channel       text         not null
      idempotency_key        text         not null
      status                 text         not null
      created_at             timestamptz  null      now()`,
    ],
  ])('of %s', async (table, expected) => {
    const { rows } = await pool.query<{ line: string }>(
      `
      select concat_ws(' ', column_name, replace(data_type, 'timestamp with time zone', 'timestamptz'),
        case is_nullable when 'YES' then 'null' else 'not null' end,
        case is_generated when 'ALWAYS' then 'generated' else column_default end) as line
      from information_schema.columns where table_schema = 'public' and table_name = $1 order by ordinal_position`,
      [table],
    );
    expect(rows.map((row) => row.line)).toEqual(
      expected
        .trim()
        .split('\n')
        .map((line) => line.trim().replace(/ +/g, ' ')),
    );
  });

  test('every instant has a timezone, and no id is a serial', async () => {
    const { rows } = await pool.query(`
      select table_name, column_name from information_schema.columns
      where table_schema = 'public' and (data_type = 'timestamp without time zone' or column_default like 'nextval%' or is_identity = 'YES')`);
    expect(rows).toEqual([]);
  });
});
