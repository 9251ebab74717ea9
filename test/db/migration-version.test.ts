import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { assertSchemaCurrent, migrateDown, migrationStatus, schemaVersion } from '../../db/migrate.ts';
import { databasesOfEachTest, everything, files } from './migrating.ts';

const setup = databasesOfEachTest();

describe('the version of the schema', () => {
  test('is current after migrate up', async () => {
    const { db } = await setup({ migrated: true });
    await expect(assertSchemaCurrent(db)).resolves.toBeUndefined();
    expect((await migrationStatus(db)).map((migration) => migration.appliedAt)).toEqual(
      files.map(() => expect.any(Date)),
    );
  });

  test('is behind by one after one step down, and the error says what to run', async () => {
    const { db } = await setup({ migrated: true });
    await migrateDown(db);
    const { all, expected } = schemaVersion();
    await expect(assertSchemaCurrent(db)).rejects.toMatchObject({
      code: 'E_SCHEMA_BEHIND',
      message: `E_SCHEMA_BEHIND: database is at ${all.at(-2)}, this build needs ${expected}; run "scenario-push migrate up"`,
    });
    expect((await migrationStatus(db)).filter((migration) => migration.appliedAt === null)).toHaveLength(1);
  });

  test('is behind on an empty database, which asking does not touch', async () => {
    const database = await setup({ migrated: false });
    await expect(assertSchemaCurrent(database.db)).rejects.toThrow('E_SCHEMA_BEHIND: database is not migrated yet');
    expect((await migrationStatus(database.db)).every((migration) => migration.appliedAt === null)).toBe(true);
    expect(await everything(database)).toEqual([]);
  });

  test('can be asked for by a role that may read nothing else', async () => {
    const { pool, db } = await setup({ migrated: true });
    await pool.query(
      'grant usage on schema scenario_push to anon; grant execute on function scenario_push.applied_versions() to anon',
    );
    await db.transaction().execute(async (tx) => {
      await sql`set local role anon`.execute(tx);
      await expect(assertSchemaCurrent(tx)).resolves.toBeUndefined();
    });
    // The roles belong to the cluster, the grant to this database, which is dropped.
  });

  test('the history of migrations is closed to anon and authenticated', async () => {
    const { pool } = await setup({ migrated: true });
    const { rows } = await pool.query(`
      select r as role, has_schema_privilege(r, 'scenario_push', 'usage') as schema,
        has_table_privilege(r, 'scenario_push.kysely_migration', 'select, insert, update, delete') as history
      from unnest(array['anon', 'authenticated']) as r`);
    expect(rows).toEqual([
      { role: 'anon', schema: false, history: false },
      { role: 'authenticated', schema: false, history: false },
    ]);
  });
});
