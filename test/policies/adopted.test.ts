import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import type { PreviewRow } from '../../db/preview.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import { chapterId, createOwnTables, mentorId } from '../db/own-tables.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { supabasePush } from '../support/supabase-cli.ts';

/** A project with tables of its own, each closed by row-level security of its own, after `supabase db push`. */
const coordinatorId = '33333333-3333-4333-8333-333333333333';
const asOf = new Date('2026-12-20T09:00:00Z');
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ migrated: false });
  await database.pool.query('alter default privileges in schema public grant all on tables to public');
  await createOwnTables(database.pool);
  await database.pool.query(`
    insert into users (id, chapter_id, role, nickname) values ('${coordinatorId}', '${chapterId}', 'coordinator', 'Ola');
    drop policy "everybody sees everybody" on users;
    create policy "people see themselves" on users for select to public using (nickname = current_setting('app.nickname', true));
    alter table chapters enable row level security;
    alter table activities enable row level security;`);
  await supabasePush(database.url);
  await database.pool.query(
    `insert into device_tokens (user_id, token, platform) values ('${mentorId}', 'token', 'android')`,
  );
});
afterAll(() => database.drop());

async function asPerson(id: string, query: string, values: readonly unknown[] = []): Promise<unknown[]> {
  const client = await database.pool.connect();
  try {
    await client.query(`begin; set local role authenticated; set local request.jwt.claims = '{"sub": "${id}"}'`);
    return (await client.query(query, [...values])).rows;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

test('the worker evaluates: her policies let it past the owner’s', async () => {
  const repository = new ScenarioRepository(database.worker.db);
  const rows: PreviewRow[] = [];
  for await (const row of repository.previewCandidates({ scenarioType: 'inactivity', asOf, range: rangeOf(0, 1) }))
    rows.push(row);
  expect(rows).toMatchObject([{ user_id: mentorId, reason: null }]);
});

test('the owner’s policies hold for everybody else as before', async () => {
  expect(await asPerson(mentorId, 'select id from users')).toEqual([]);
  expect(await asPerson(mentorId, 'select id from chapters')).toEqual([]);
  expect(await asPerson(mentorId, 'select id from activities')).toEqual([]);
});

test('who is in charge is read from the adopted users, an enum included', async () => {
  await database.pool.query(
    `insert into scenario_rules (chapter_id, scenario_type, cooldown_minutes) values ('${chapterId}', 'inactivity', 1)`,
  );
  const chapters = 'select chapter_id from scenario_rules';
  expect(await asPerson(coordinatorId, chapters)).toEqual([{ chapter_id: chapterId }]);
  expect(await asPerson(mentorId, chapters)).toEqual([]);
});

test('an administrator of a chapter without an organisation is in charge of that chapter alone', async () => {
  await database.pool.query(`
    insert into chapters (id, name) values ('44444444-4444-4444-8444-444444444444', 'Elsewhere');
    insert into scenario_rules (chapter_id, scenario_type, cooldown_minutes) values ('44444444-4444-4444-8444-444444444444', 'inactivity', 1);
    insert into users (id, chapter_id, role) values ('55555555-5555-4555-8555-555555555555', '${chapterId}', 'administrator')`);
  expect(await asPerson('55555555-5555-4555-8555-555555555555', 'select chapter_id from scenario_rules')).toEqual([
    { chapter_id: chapterId },
  ]);
});
