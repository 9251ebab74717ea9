import type { Pool } from 'pg';
import type { Audience } from './audience.ts';

const MICROS = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint::text as ${column}`;

/**
 * Reads an audience out of a database in one snapshot. All of it, into memory: for tests. Instants and dates must be
 * finite.
 */
export async function loadAudience(pool: Pool): Promise<Audience> {
  const client = await pool.connect();
  const rows = async <Row>(query: string, ...instants: (keyof Row)[]): Promise<Row[]> => {
    const result = await client.query<Record<string, unknown>>(query);
    for (const row of result.rows)
      for (const name of instants) row[name as string] = BigInt(row[name as string] as string);
    return result.rows as Row[];
  };
  type RowsOf<Name extends keyof Audience> = Audience[Name][number];
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query(`set local datestyle = 'ISO'`);
    const audience: Audience = {
      organizations: await rows<RowsOf<'organizations'>>('select id, timezone from organizations'),
      chapters: await rows<RowsOf<'chapters'>>('select id, organization_id from chapters'),
      users: await rows<RowsOf<'users'>>(
        `select id, chapter_id, role::text as role, status::text as status, timezone, ${MICROS('created_at')} from users`,
        'created_at',
      ),
      activities: await rows<RowsOf<'activities'>>(
        'select user_id, activity_date::text as activity_date from activities',
      ),
      summaries: await rows<RowsOf<'summaries'>>(
        `select user_id, year, session_count, ${MICROS('computed_at')} from annual_summary`,
        'computed_at',
      ),
      certifications: await rows<RowsOf<'certifications'>>(
        'select id, user_id, certification_type, expires_on::text as expires_on from certifications',
      ),
      devices: await rows<RowsOf<'devices'>>(
        'select user_id, token, platform::text as platform, invalidated_at is not null as invalidated from device_tokens',
      ),
      preferences: await rows<RowsOf<'preferences'>>(
        'select user_id, scenario_type::text as scenario_type, enabled from notification_preferences',
      ),
      rules: await rows<RowsOf<'rules'>>(
        `select id, organization_id, chapter_id, scenario_type, enabled, cooldown_minutes, starts_on::text as starts_on,
           parameters::text as parameters
         from scenario_rules`,
      ),
      policies: await rows<RowsOf<'policies'>>(
        `select organization_id, chapter_id, send_from::text as send_from, send_until::text as send_until, max_notifications,
           per_days
         from delivery_policies`,
      ),
      told: await rows<RowsOf<'told'>>(
        `select user_id, scenario_type, ${MICROS('triggered_at')}, ${MICROS('dispatched_at')},
           evaluation_date::text as evaluation_date, milestone_year, milestone_value, occurrence, idempotency_key
         from scenario_notifications`,
        'triggered_at',
        'dispatched_at',
      ),
      claims: await rows<RowsOf<'claims'>>(
        'select user_id, scenario_type, occurrence, idempotency_key, state from scenario_claims',
      ),
    };
    await client.query('commit');
    return audience;
  } finally {
    client.release();
  }
}
