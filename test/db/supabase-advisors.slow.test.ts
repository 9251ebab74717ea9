import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { supabaseDb } from '../support/supabase-cli.ts';

interface Advice {
  readonly name: string;
  readonly level: string;
  readonly detail: string;
}

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database?.drop());

/** What remains has its reason in docs/production.md; anything new has to be mended or given one there. */
const ACCEPTED = [
  'access_audit: rls_enabled_no_policy',
  'delivery_channel: function_search_path_mutable',
  'delivery_policies: multiple_permissive_policies',
  'devices_to_reach: function_search_path_mutable',
  'devices_to_try: function_search_path_mutable',
  'follow_up_key: function_search_path_mutable',
  'is_withdrawal: function_search_path_mutable',
  'platforms_set_aside: function_search_path_mutable',
  'register_device_token: function_search_path_mutable',
  'scenario_declarations: function_search_path_mutable',
  'scenario_rules: multiple_permissive_policies',
];

async function advice(): Promise<Advice[]> {
  const said = await supabaseDb(database.url, ['advisors', '--level', 'info', '--output-format', 'json']);
  const list = JSON.parse(said.slice(said.indexOf('['), said.lastIndexOf(']') + 1)) as Advice[];
  // Nothing has used an index of a database that has just been made.
  return list.filter(({ name }) => name !== 'unused_index');
}

test("Supabase's advisors find nothing that is not known, and no error", async () => {
  const found = await advice();
  expect(found.filter(({ level }) => level === 'ERROR')).toEqual([]);
  const subject = (detail: string): string | undefined => /`(?:\w+)\.(\w+)`/.exec(detail)?.[1];
  expect(found.map(({ name, detail }) => `${subject(detail)}: ${name}`).toSorted()).toEqual(ACCEPTED);
});

test('a table that anybody may read is noticed', async () => {
  await database.pool.query(
    'create table public.open_to_all (id int primary key); grant select on open_to_all to anon',
  );
  expect(await advice()).toContainEqual(expect.objectContaining({ name: 'rls_disabled_in_public', level: 'ERROR' }));
});
