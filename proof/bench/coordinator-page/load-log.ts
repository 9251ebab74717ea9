import { readFileSync } from 'node:fs';
import type pg from 'pg';

/** Fills the follow-up log of a migrated, empty database. Indexes and keys are made after the load, once and sorted. */
export async function loadLog(pool: pg.Pool, { rows, chapters }: { rows: number; chapters: number }): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`begin; set local maintenance_work_mem = '512MB'; set local work_mem = '256MB'`);
    const indexes = await client.query<{
      definition: string;
      index: string;
      key: string | null;
      keyDefinition: string | null;
    }>(`
      select pg_get_indexdef(i.indexrelid) as definition, i.indexrelid::regclass::text as index, c.conname as key,
        pg_get_constraintdef(c.oid) as "keyDefinition"
      from pg_index i left join pg_constraint c on c.conindid = i.indexrelid
      where i.indrelid = 'follow_up_notification_log'::regclass`);
    for (const { index, key } of indexes.rows) {
      await client.query(key ? `alter table follow_up_notification_log drop constraint ${key}` : `drop index ${index}`);
    }
    const text = readFileSync(new URL('./load-log.sql', import.meta.url), 'utf8');
    await client.query(text.replaceAll(`:'rows'`, String(rows)).replaceAll(`:'chapters'`, String(chapters)));
    for (const { definition, key, keyDefinition } of indexes.rows) {
      await client.query(
        key ? `alter table follow_up_notification_log add constraint ${key} ${keyDefinition}` : definition,
      );
    }
    await client.query('commit');
    await client.query('vacuum (analyze)');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}
