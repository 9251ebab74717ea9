import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { assertSchemaCurrent, migrateDown, migrateUp, migrationStatus } from '../../db/migrate.ts';
import { dumpSchema } from '../../db/schema-dump.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createOwnTables, ownRows } from './own-tables.ts';

const project = resolve(import.meta.dirname, '..', '..');
const home = mkdtempSync(join(tmpdir(), 'scenario-push-supabase-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The CLI as a user of the project runs it, with a home of its own, and without telling anybody. */
async function push(url: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(
    join(project, 'node_modules', '.bin', 'supabase'),
    ['db', 'push', '--db-url', `${url}?sslmode=disable`, '--yes', '--workdir', project],
    {
      timeout: 60_000,
      env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home, SUPABASE_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', CI: 'true' },
    },
  );
  return stdout + stderr;
}

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
    said = await push(pushed.url);
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
    await push(migrated.url);
    expect(await dumpSchema(migrated.pool)).toBe(before);
  });

  test('applies again what migrate down has taken back', async () => {
    const before = await dumpSchema(pushed.pool);
    await migrateUp(pushed.db);
    await migrateDown(pushed.db, { steps: 'all' });
    await expect(assertSchemaCurrent(pushed.db)).rejects.toThrow('E_SCHEMA_BEHIND');
    await push(pushed.url);
    expect(await dumpSchema(pushed.pool)).toBe(before);
  });
});
