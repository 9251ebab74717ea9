import { readFileSync } from 'node:fs';
import type pg from 'pg';

export interface Audience {
  readonly mentors: number;
  readonly seed: number;
  /** What the data is laid out around. */
  readonly asOf: Date;
  /** How many of a hundred something is due for, 0 to 60; some of them are opted out or without a device. */
  readonly duePercent: number;
}

/** An index that is dropped for the load and made again after it: sorting two million keys once is faster than inserting them. */
const DEFERRED_INDEX = 'activities_user_id_activity_date_idx';

/**
 * Fills a migrated, empty database. What it writes follows from the arguments alone, so that a database filled once can
 * serve as the template of others. Needs a superuser: foreign keys are not checked row by row.
 */
export async function loadAudience(pool: pg.Pool, { mentors, seed, asOf, duePercent }: Audience): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(
      "set local session_replication_role = replica; set local work_mem = '256MB'; set local maintenance_work_mem = '512MB'",
    );
    const { rows } = await client.query<{ indexdef: string }>('select indexdef from pg_indexes where indexname = $1', [
      DEFERRED_INDEX,
    ]);
    const definition = rows[0]!.indexdef;
    await client.query(`drop index ${DEFERRED_INDEX}`);
    const values: Record<string, string> = {
      mentors: String(mentors),
      seed: String(seed),
      as_of: asOf.toISOString(),
      due_percent: String(duePercent),
    };
    const text = readFileSync(new URL('./audience.sql', import.meta.url), 'utf8');
    await client.query(text.replaceAll(/:'(\w+)'/g, (_, name: string) => client.escapeLiteral(values[name]!)));
    await client.query(definition);
    await client.query('commit');
    // Autovacuum's work, at once: without it no index-only scan, and plans of an empty database.
    await client.query('vacuum (analyze)');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}
