import { afterAll, describe, expect, test } from '@jest/globals';
import { hex, type Row, schemaRows, type Table, types } from './schema-rows.ts';

const { pool, insert, undone, drop } = await schemaRows();
afterAll(drop);

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
      for (const [before, outcome] of [null, 'accepted', 'rejected', 'unknown'].entries())
        await insert('delivery_attempts', { claim_id, outcome, attempt: 2 + before });
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
