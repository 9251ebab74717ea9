import { afterAll, describe, expect, test } from '@jest/globals';
import { migrateUp } from '../../db/migrate.ts';
import { createDatabase } from '../support/database.ts';

const database = await createDatabase();
const { pool } = database;
afterAll(() => database.drop());

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
