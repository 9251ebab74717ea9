import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { assertSchemaCurrent, migrateDown, migrateUp, migrationStatus } from '../../db/migrate.ts';
import { dumpSchema } from '../../db/schema-dump.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { supabasePush } from '../support/supabase-cli.ts';
import { createOwnTables, ownRows } from './own-tables.ts';

describe.each([
  ['an empty database', false],
  ['a database with users, chapters and activities of its own', true],
])('supabase db push on %s', (_, ownTables) => {
  let pushed: TestDatabase;
  let migrated: TestDatabase;
  let said: string;
  beforeAll(async () => {
    [pushed, migrated] = await Promise.all([createDatabase({ migrated: false }), createDatabase({ migrated: false })]);
    if (ownTables) await Promise.all([createOwnTables(pushed.pool), createOwnTables(migrated.pool)]);
    await migrateUp(migrated.db);
    said = await supabasePush(pushed.url);
  });
  afterAll(() => Promise.all([pushed?.drop(), migrated?.drop()]));

  test('applies every file, and none of those that lead down', async () => {
    const names = (await migrationStatus(pushed.db)).map((migration) => migration.name);
    for (const name of names) expect(said).toContain(`Applying migration ${name}.sql`);
    const { rows } = await pushed.pool.query('select version from supabase_migrations.schema_migrations');
    expect(rows).toHaveLength(names.length);
  });

  test('makes the schema that migrate up makes', async () => {
    expect(await dumpSchema(pushed.pool)).toBe(await dumpSchema(migrated.pool));
    if (ownTables) expect(await ownRows(pushed.pool)).toEqual(await ownRows(migrated.pool));
  });

  test('is known to status and to the check of the version', async () => {
    await expect(assertSchemaCurrent(pushed.db)).resolves.toBeUndefined();
    const migrations = await migrationStatus(pushed.db);
    expect(new Set(migrations.map((migration) => migration.appliedBy))).toEqual(new Set(['supabase']));
  });

  test('migrate up on top changes nothing', async () => {
    const before = await dumpSchema(pushed.pool);
    await migrateUp(pushed.db);
    expect(await dumpSchema(pushed.pool)).toBe(before);
  });

  test('on top of migrate up changes nothing', async () => {
    const before = await dumpSchema(migrated.pool);
    await supabasePush(migrated.url);
    expect(await dumpSchema(migrated.pool)).toBe(before);
  });

  test('applies again what migrate down has taken back', async () => {
    const before = await dumpSchema(pushed.pool);
    await migrateUp(pushed.db);
    await migrateDown(pushed.db, { steps: 'all' });
    await expect(assertSchemaCurrent(pushed.db)).rejects.toThrow('E_SCHEMA_BEHIND');
    await supabasePush(pushed.url);
    expect(await dumpSchema(pushed.pool)).toBe(before);
  });
});
