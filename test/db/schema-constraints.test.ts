import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { migrateUp } from '../../db/migrate.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { createDatabase } from '../support/database.ts';

const database = await createDatabase();
const { pool } = database;
afterAll(() => database.drop());

type Row = Record<string, unknown>;
type Table =
  | 'scenario_rules'
  | 'scenario_notifications'
  | 'follow_up_notification_log'
  | 'scenario_claims'
  | 'delivery_attempts'
  | 'sweep_budgets';

const hex = (seed: number): string => seed.toString(16).padStart(64, '0');
let seed = 0;
let mentor: string;
let chapter: string;
let rule: string;
let defaults: Record<Table, () => Row>;

beforeAll(async () => {
  const {
    rows: [made],
  } = await pool.query<{ mentor: string; chapter: string }>(`
    with o as (insert into organizations (name) values ('Landet') returning id),
      c as (insert into chapters (organization_id, name) select id, 'Oslo' from o returning id),
      u as (insert into users (chapter_id, role) select id, 'peer_mentor' from c returning id)
    select u.id as mentor, c.id as chapter from u, c`);
  ({ mentor, chapter } = made!);
  rule = (await pool.query<{ id: string }>(`select id from scenario_rules where scenario_type = 'inactivity'`)).rows[0]!
    .id;
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
  defaults = {
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
});

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

const types = [...SCENARIO_TYPES];

describe('each value of the contract is accepted, and another one refused', () => {
  const checks: [Table, string, string[], string[]][] = [
    ['scenario_rules', 'scenario_type', types, ['birthday', 'Inactivity', '']],
    ['scenario_rules', 'on_unknown', ['resend', 'hold'], ['drop', '']],
    ['scenario_notifications', 'scenario_type', types, ['birthday', '']],
    ['scenario_notifications', 'delivery_status', ['sent', 'unknown'], ['failed', '']],
    ['follow_up_notification_log', 'delivery_channel', ['fcm', 'apns'], ['sms', 'email', 'FCM', '']],
    ['follow_up_notification_log', 'status', ['delivered', 'failed', 'skipped'], ['unknown', 'sent', '']],
    ['scenario_claims', 'scenario_type', types, ['birthday']],
    ['scenario_claims', 'on_unknown', ['resend', 'hold'], ['drop']],
    ['scenario_claims', 'state', ['open', 'unknown', 'sent', 'held', 'released'], ['failed', '']],
    ['scenario_claims', 'idempotency_key', [hex(255)], [hex(255).toUpperCase(), hex(255).slice(1), `${hex(255)}0`, '']],
  ];
  const cases = checks.flatMap(([table, column, good, bad]) => [
    ...good.map((value) => [table, column, value, true] as const),
    ...bad.map((value) => [table, column, value, false] as const),
  ]);
  test.each(cases)('%s.%s = "%s": %s', async (table, column, value, accepted) => {
    await undone(async () => {
      const attempt = insert(table, { [column]: value });
      if (accepted) expect((await attempt)[column]).toBe(value);
      else await expect(attempt).rejects.toMatchObject({ code: '23514', constraint: `${table}_${column}_check` });
    });
  });

  test.each([
    ['scenario_rules', { cooldown_minutes: 0 }, { cooldown_minutes: -1 }],
    ['sweep_budgets', { allowance: 0, remaining: 0 }, { allowance: -1, remaining: -1 }],
    ['sweep_budgets', { allowance: 5, remaining: 5 }, { allowance: 5, remaining: 6 }],
    ['sweep_budgets', { allowance: 5, remaining: 0 }, { allowance: 5, remaining: -1 }],
  ] as [Table, Row, Row][])('%s: %j is the last that is accepted, %j is refused', async (table, good, bad) => {
    await undone(async () => {
      await insert(table, good);
      await expect(insert(table, bad)).rejects.toMatchObject({ code: '23514' });
    });
  });

  test('an attempt is the first or a later one, and its outcome one of three', async () => {
    await undone(async () => {
      const claim_id = (await insert('scenario_claims'))['id'];
      for (const outcome of [null, 'accepted', 'rejected', 'unknown'])
        await insert('delivery_attempts', { claim_id, outcome, attempt: ++seed });
      await expect(insert('delivery_attempts', { claim_id, outcome: 'sent' })).rejects.toMatchObject({ code: '23514' });
      await expect(insert('delivery_attempts', { claim_id, attempt: 0 })).rejects.toMatchObject({ code: '23514' });
    });
  });
});

describe("the organisation's tables, where the service made them", () => {
  test.each([
    [
      'users',
      'role',
      ['peer_mentor', 'coordinator', 'administrator'],
      ['mentor'],
      'insert into users (role) values ($1)',
    ],
    [
      'users',
      'status',
      ['active', 'inactive'],
      ['on_leave'],
      `insert into users (role, status) values ('coordinator', $1)`,
    ],
    [
      'device_tokens',
      'platform',
      ['android', 'ios', 'web'],
      ['windows'],
      'insert into device_tokens (user_id, token, platform) select id, $1, $1 from users limit 1',
    ],
    [
      'annual_summary',
      'session_count',
      ['0', '1'],
      ['-1'],
      'insert into annual_summary (user_id, year, session_count) select id, 2026 + $1::int, $1::int from users limit 1',
    ],
    [
      'notification_preferences',
      'scenario_type',
      types,
      ['birthday'],
      'insert into notification_preferences (user_id, scenario_type) select id, $1 from users limit 1',
    ],
  ])('%s.%s is one of %j, not of %j', async (table, column, good, bad, statement) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      for (const value of good) await client.query(statement, [value]);
      await expect(client.query(statement, bad)).rejects.toMatchObject({
        code: '23514',
        constraint: `${table}_${column}_check`,
      });
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  test('a token belongs to one device', async () => {
    const statement = `insert into device_tokens (user_id, token, platform) select id, 't', 'ios' from users limit 1`;
    await pool.query(statement);
    await expect(pool.query(statement)).rejects.toMatchObject({ code: '23505', constraint: 'device_tokens_token_key' });
  });
});

describe('scenario_rules', () => {
  test('one rule for a chapter and type, one for an organisation, one for everybody', async () => {
    await undone(async () => {
      const {
        rows: [o],
      } = await pool.query<{ id: string }>('select id from organizations');
      await insert('scenario_rules');
      await insert('scenario_rules', { chapter_id: null, organization_id: o!.id });
      for (const scope of [{}, { chapter_id: null, organization_id: o!.id }, { chapter_id: null }]) {
        await expect(insert('scenario_rules', scope)).rejects.toMatchObject({
          code: '23505',
          constraint: 'scenario_rules_scope_key',
        });
      }
    });
  });

  test('a rule is not for an organisation and a chapter', async () => {
    const {
      rows: [o],
    } = await pool.query<{ id: string }>('select id from organizations');
    await expect(insert('scenario_rules', { organization_id: o!.id })).rejects.toMatchObject({
      code: '23514',
      constraint: 'scenario_rules_scope_check',
    });
  });

  test('a chapter that goes takes its rules along', async () => {
    const {
      rows: [other],
    } = await pool.query<{ id: string }>(
      `insert into chapters (organization_id, name) select id, 'Bergen' from organizations returning id`,
    );
    const { id } = await insert('scenario_rules', { chapter_id: other!.id });
    await pool.query('delete from chapters where id = $1', [other!.id]);
    expect((await pool.query('select from scenario_rules where id = $1', [id])).rowCount).toBe(0);
  });
});

describe('unique keys', () => {
  test('a record has one idempotency key, and every record has one', async () => {
    await undone(async () => {
      const { idempotency_key } = await insert('scenario_notifications');
      await expect(insert('scenario_notifications', { idempotency_key })).rejects.toMatchObject({
        code: '23505',
        constraint: 'scenario_notifications_idempotency_key_key',
      });
      await expect(insert('scenario_notifications', { idempotency_key: null })).rejects.toMatchObject({
        code: '23502',
        column: 'idempotency_key',
      });
    });
  });

  test('a row of the log has one idempotency key, and every row has one', async () => {
    await undone(async () => {
      const { idempotency_key } = await insert('follow_up_notification_log');
      await expect(insert('follow_up_notification_log', { idempotency_key })).rejects.toMatchObject({
        code: '23505',
        constraint: 'follow_up_notification_log_idempotency_key_key',
      });
      await expect(insert('follow_up_notification_log', { idempotency_key: null })).rejects.toMatchObject({
        code: '23502',
      });
    });
  });

  test.each(['scenario_notifications', 'scenario_claims'] as const)(
    '%s: one a window and slot, also where there was none before',
    async (table) => {
      await undone(async () => {
        const start = { cooldown_window_start: '-infinity' };
        await insert(table, { ...start, window_slot: '' });
        await insert(table, { ...start, window_slot: '2026-11-20' });
        await insert(table, { ...start, scenario_type: 'welcome_back' });
        await expect(insert(table, { ...start, window_slot: '' })).rejects.toMatchObject({
          code: '23505',
          constraint: `${table}_window_key`,
        });
      });
    },
  );

  test.each(['scenario_notifications', 'scenario_claims'] as const)(
    '%s: one an occurrence, any number without',
    async (table) => {
      await undone(async () => {
        await insert(table, { scenario_type: 'milestone', occurrence: '2026:50' });
        await insert(table, { scenario_type: 'milestone', occurrence: '2026:100' });
        await insert(table, { occurrence: '' });
        await insert(table, { occurrence: '' });
        await expect(insert(table, { scenario_type: 'milestone', occurrence: '2026:50' })).rejects.toMatchObject({
          code: '23505',
          constraint: `${table}_occurrence_key`,
        });
      });
    },
  );

  test.each(['open', 'unknown', 'sent', 'held'])(
    'a claim that is %s keeps its key, a released one gives it up',
    async (state) => {
      await undone(async () => {
        const { idempotency_key } = await insert('scenario_claims', { state: 'released' });
        await insert('scenario_claims', { idempotency_key, state });
        await expect(insert('scenario_claims', { idempotency_key })).rejects.toMatchObject({
          code: '23505',
          constraint: 'scenario_claims_idempotency_key_key',
        });
      });
    },
  );
});

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

test('a rule that goes takes its rows of the log along; records stay with a null rule, claims as they are', async () => {
  await undone(async () => {
    const { id } = await insert('scenario_rules');
    await insert('follow_up_notification_log', { scenario_rule_id: id });
    await insert('scenario_notifications', { scenario_rule_id: id });
    await insert('scenario_claims', { scenario_rule_id: id });
    await pool.query('insert into logged_skips values ($1, $2, $3, now())', [mentor, id, '']);
    await pool.query('delete from scenario_rules where id = $1', [id]);
    expect((await pool.query('select from follow_up_notification_log')).rowCount).toBe(0);
    expect((await pool.query('select from logged_skips')).rowCount).toBe(0);
    expect((await pool.query('select scenario_rule_id from scenario_notifications')).rows).toEqual([
      { scenario_rule_id: null },
    ]);
    expect((await pool.query('select scenario_rule_id from scenario_claims')).rows).toEqual([{ scenario_rule_id: id }]);
  });
});

test('a mentor who goes takes records, claims and their attempts along', async () => {
  const {
    rows: [other],
  } = await pool.query<{ id: string }>(`insert into users (role) values ('peer_mentor') returning id`);
  await insert('scenario_notifications', { user_id: other!.id });
  const claim = await insert('scenario_claims', { user_id: other!.id });
  await insert('delivery_attempts', { claim_id: claim['id'] });
  await pool.query('delete from users where id = $1', [other!.id]);
  const { rows } = await pool.query(`
    select (select count(*)::int from scenario_notifications) as records, (select count(*)::int from scenario_claims) as claims,
      (select count(*)::int from delivery_attempts) as attempts`);
  expect(rows).toEqual([{ records: 0, claims: 0, attempts: 0 }]);
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

describe('what nobody was given', () => {
  /** What a later migration grants to authenticated by name goes with a policy; to anon there is nothing to grant. */
  const privileges = `
    select c.relname as table, r as role from pg_class as c, unnest(array['anon', 'authenticated']) as r
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and (r = 'anon' or not exists (select from pg_policy where polrelid = c.oid))
      and (has_table_privilege(r, c.oid, 'select, insert, update, delete, truncate, references, trigger')
        or has_any_column_privilege(r, c.oid, 'select, insert, update, references'))`;

  test('anon has no privilege on any table that was created, nor has authenticated without a policy', async () => {
    expect((await pool.query(privileges)).rows).toEqual([]);
  });

  test('row-level security is on for every table that was created', async () => {
    const { rows } = await pool.query<{ relname: string }>(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity`,
    );
    expect(rows).toEqual([]);
  });

  test('where default privileges give everything to everybody, as in Supabase, the tables are closed all the same', async () => {
    const supabase = await createDatabase({ migrated: false });
    try {
      await supabase.pool.query(
        'alter default privileges in schema public grant all on tables to anon, authenticated, service_role',
      );
      await migrateUp(supabase.db);
      expect((await supabase.pool.query(privileges)).rows).toEqual([]);
      const { rows } = await supabase.pool.query(
        `select has_table_privilege('service_role', 'public.scenario_rules', 'select') as allowed`,
      );
      expect(rows).toEqual([{ allowed: true }]);
    } finally {
      await supabase.drop();
    }
  });
});
