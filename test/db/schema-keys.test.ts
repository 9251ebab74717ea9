import { afterAll, describe, expect, test } from '@jest/globals';
import { schemaRows } from './schema-rows.ts';

const { pool, mentor, insert, undone, drop } = await schemaRows();
afterAll(drop);

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
