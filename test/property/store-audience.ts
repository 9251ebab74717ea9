import type { Pool } from 'pg';
import type { Audience } from '../../proof/evaluator/audience.ts';

/**
 * Replaces everything in the database by an audience. Rules may be unsound: the CHECK that would refuse them must be
 * gone, see {@link letUnsoundRulesIn}.
 */
export async function storeAudience(pool: Pool, audience: Audience): Promise<void> {
  const client = await pool.connect();
  const insert = async <Row extends object>(
    table: string,
    types: Readonly<Record<string, string>>,
    rows: readonly Row[],
  ) => {
    const names = Object.keys(types);
    const columns = names.map((name) => rows.map((row) => valueOf((row as Record<string, unknown>)[name])));
    const select = names.map((name, at) =>
      types[name] === 'timestamptz' ? `timestamptz 'epoch' + c${at} * interval '1 microsecond'` : `c${at}`,
    );
    const arrays = names.map((name, at) => `$${at + 1}::${types[name] === 'timestamptz' ? 'bigint' : types[name]}[]`);
    await client.query(
      `insert into ${table} (${names.join(', ')}) select ${select.join(', ')}
       from unnest(${arrays.join(', ')}) as rows (${names.map((_, at) => `c${at}`).join(', ')})`,
      columns,
    );
  };
  const instant = 'timestamptz';
  try {
    await client.query('begin');
    await client.query(`truncate organizations, chapters, users, activities, annual_summary, certifications, device_tokens,
      notification_preferences, scenario_rules, delivery_policies, scenario_notifications, scenario_claims, evaluation_batches cascade`);
    await insert('organizations', { id: 'uuid', timezone: 'text' }, audience.organizations);
    await insert('chapters', { id: 'uuid', organization_id: 'uuid' }, audience.chapters);
    await insert(
      'users',
      { id: 'uuid', chapter_id: 'uuid', role: 'text', status: 'text', timezone: 'text', created_at: instant },
      audience.users,
    );
    await insert('activities', { user_id: 'uuid', activity_date: 'date' }, audience.activities);
    await insert(
      'annual_summary',
      { user_id: 'uuid', year: 'int', session_count: 'int', computed_at: instant },
      audience.summaries,
    );
    await insert(
      'certifications',
      { id: 'uuid', user_id: 'uuid', certification_type: 'text', expires_on: 'date' },
      audience.certifications,
    );
    await insert(
      'device_tokens',
      { user_id: 'uuid', token: 'text', platform: 'text', invalidated_at: instant },
      audience.devices.map((row) => ({ ...row, invalidated_at: row.invalidated ? 0 : null })),
    );
    await insert(
      'notification_preferences',
      { user_id: 'uuid', scenario_type: 'text', enabled: 'bool' },
      audience.preferences,
    );
    await insert(
      'scenario_rules',
      {
        id: 'uuid',
        organization_id: 'uuid',
        chapter_id: 'uuid',
        scenario_type: 'text',
        enabled: 'bool',
        cooldown_minutes: 'int',
        starts_on: 'date',
        parameters: 'jsonb',
      },
      audience.rules,
    );
    await insert(
      'delivery_policies',
      {
        organization_id: 'uuid',
        chapter_id: 'uuid',
        send_from: 'time',
        send_until: 'time',
        max_notifications: 'int',
        per_days: 'int',
      },
      audience.policies,
    );
    const key = {
      user_id: 'uuid',
      scenario_type: 'text',
      occurrence: 'text',
      idempotency_key: 'text',
      window_slot: 'text',
    };
    const slotted = <Row>(rows: readonly Row[]) => rows.map((row, at) => ({ ...row, window_slot: `generated-${at}` }));
    await client.query(
      `alter table scenario_notifications alter column cooldown_window_start set default '-infinity', alter column delivery_status set default 'sent'`,
    );
    await insert(
      'scenario_notifications',
      {
        ...key,
        triggered_at: instant,
        dispatched_at: instant,
        evaluation_date: 'date',
        milestone_year: 'int',
        milestone_value: 'int',
      },
      slotted(audience.told),
    );
    await client.query(`insert into evaluation_batches (batch_key, plan_key, scenario_type, as_of, range_from, workflow_id, run_id, evaluated_at)
      values ('generated', '', 'inactivity', 'epoch', '00000000-0000-0000-0000-000000000000', '', '', 'epoch')`);
    await insert(
      'scenario_claims',
      {
        ...key,
        batch_key: 'text',
        chapter_id: 'uuid',
        triggered_at: instant,
        evaluation_date: 'date',
        cooldown_window_start: instant,
        date_window: 'text',
        on_unknown: 'text',
        expires_at: instant,
        claimed_at: instant,
        state: 'text',
      },
      slotted(audience.claims).map((row) => ({ ...row, ...CLAIMED_ONCE })),
    );
    await client.query('commit');
    await client.query('analyze');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

/** Columns of a claim that no verdict rests on. */
const CLAIMED_ONCE = {
  batch_key: 'generated',
  chapter_id: '00000000-0000-0000-0000-000000000000',
  triggered_at: 0,
  evaluation_date: '1970-01-01',
  cooldown_window_start: 0,
  date_window: '',
  on_unknown: 'resend',
  expires_at: 0,
  claimed_at: 0,
};

const valueOf = (value: unknown) => (typeof value === 'bigint' ? value.toString() : value);

/** Rules may reach a database by ways around our CHECK; an evaluation must count them as misconfigured. */
export async function letUnsoundRulesIn(pool: Pool): Promise<void> {
  await pool.query('alter table scenario_rules drop constraint scenario_rules_parameters_check');
}
