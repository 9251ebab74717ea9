import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { indexesToMake } from '../../db/indexes-to-make.ts';
import { migrateUp } from '../../db/migrate.ts';
import { dumpSchema } from '../../db/schema-dump.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createOwnTables } from './own-tables.ts';

const ACTIVITIES =
  'create index concurrently if not exists activities_user_id_activity_date_idx on public.activities (user_id, activity_date);';
const USERS = 'create index concurrently if not exists users_chapter_id_idx on public.users (chapter_id);';

describe('the indexes to make beforehand', () => {
  let plain: TestDatabase;
  let prepared: TestDatabase;
  beforeAll(async () => {
    [plain, prepared] = await Promise.all([createDatabase({ migrated: false }), createDatabase({ migrated: false })]);
    await Promise.all([createOwnTables(plain.pool), createOwnTables(prepared.pool)]);
  });
  afterAll(() => Promise.all([plain?.drop(), prepared?.drop()]));

  test('are those on tables that are there, of columns that are there', async () => {
    // chapters has no organization_id yet, and the other tables are missing.
    expect(await indexesToMake(prepared.db)).toEqual([USERS, ACTIVITIES]);
  });

  test('are not asked for where an index begins with the same columns', async () => {
    await prepared.pool.query('create index of_their_own on activities (user_id, activity_date, kind)');
    expect(await indexesToMake(prepared.db)).toEqual([USERS]);
    await prepared.pool.query(
      'drop index of_their_own; create index of_their_own on activities (activity_date, user_id)',
    );
    expect(await indexesToMake(prepared.db)).toEqual([USERS, ACTIVITIES]);
    await prepared.pool.query('drop index of_their_own');
  });

  test('are made again where making one has failed half-way', async () => {
    await prepared.pool.query(USERS);
    expect(await indexesToMake(prepared.db)).toEqual([ACTIVITIES]);
    await prepared.pool.query(
      `update pg_index set indisvalid = false where indexrelid = 'users_chapter_id_idx'::regclass`,
    );
    expect(await indexesToMake(prepared.db)).toEqual([
      'drop index concurrently public.users_chapter_id_idx;',
      USERS,
      ACTIVITIES,
    ]);
  });

  test('leave the schema that the migrations alone make, and nothing else to make', async () => {
    for (const statement of await indexesToMake(prepared.db)) await prepared.pool.query(statement);
    expect(await indexesToMake(prepared.db)).toEqual([]);
    await Promise.all([migrateUp(plain.db), migrateUp(prepared.db)]);
    // A comment marks what the service has made itself, and takes back on the way down.
    const unmarked = (dump: string): string => dump.replaceAll(' -- scenario-push: added', '');
    expect(unmarked(await dumpSchema(prepared.pool))).toBe(unmarked(await dumpSchema(plain.pool)));
    expect(await indexesToMake(prepared.db)).toEqual([]);
  });
});

test('on an empty database there is none to make beforehand', async () => {
  const empty = await createDatabase({ migrated: false });
  try {
    expect(await indexesToMake(empty.db)).toEqual([]);
  } finally {
    await empty.drop();
  }
});
