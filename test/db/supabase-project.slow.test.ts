import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportMigrations } from '../../db/migration-export.ts';
import { assertSchemaCurrent, migrateUp, migrationStatus } from '../../db/migrate.ts';
import { dumpSchema } from '../../db/schema-dump.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';
import { supabaseDb, supabasePush } from '../support/supabase-cli.ts';

const USERS = `
  create table public.chapters (id uuid primary key, name text not null);
  create table public.users (id uuid primary key, chapter_id uuid references public.chapters, role text not null);
  insert into public.chapters values ('11111111-1111-4111-8111-111111111111', 'Oslo');`;
const NEWS = `create table public.news (id bigint primary key, headline text);`;

describe.each([
  ['older than every migration here', ['20240101000000_users', '20250101000000_news'], ['push']],
  [
    'with a migration newer than those here',
    ['20240101000000_users', '20270101000000_news'],
    ['push', '--include-all'],
  ],
])('a Supabase project with a history of its own, %s', (_, [users, news], push) => {
  let project: TestFolder;
  let database: TestDatabase;
  let migrated: TestDatabase;
  let migrations: string;
  beforeAll(async () => {
    project = createFolder();
    migrations = join(project.path, 'supabase', 'migrations');
    mkdirSync(migrations, { recursive: true });
    writeFileSync(join(migrations, `${users}.sql`), USERS);
    writeFileSync(join(migrations, `${news}.sql`), NEWS);
    [database, migrated] = await Promise.all([
      createDatabase({ migrated: false }),
      createDatabase({ migrated: false }),
    ]);
    await supabaseDb(database.url, ['push', '--yes'], project.path);
    await migrated.pool.query(USERS + NEWS);
    await migrateUp(migrated.db);
  });
  afterAll(async () => {
    project?.remove();
    await Promise.all([database?.drop(), migrated?.drop()]);
  });

  test('is refused by a push from here, which changes nothing', async () => {
    await expect(supabasePush(database.url)).rejects.toThrow(/not found in local migrations directory/i);
    expect((await migrationStatus(database.db)).filter(({ appliedBy }) => appliedBy !== null)).toEqual([]);
  });

  test('takes the exported migrations with a push of its own', async () => {
    const { copied, later } = exportMigrations(migrations);
    const names = (await migrationStatus(database.db)).map(({ name }) => `${name}.sql`);
    expect(copied).toEqual(names);
    expect(later.length > 0).toBe(push.includes('--include-all'));
    const said = await supabaseDb(database.url, [...push, '--yes'], project.path);
    for (const name of names) expect(said).toContain(`Applying migration ${name}`);
    await expect(assertSchemaCurrent(database.db)).resolves.toBeUndefined();
    expect(await dumpSchema(database.pool)).toBe(await dumpSchema(migrated.pool));
    expect((await database.pool.query('select name from chapters')).rows).toEqual([{ name: 'Oslo' }]);
  });

  test('has nothing to copy and nothing to push the second time', async () => {
    const before = readdirSync(migrations);
    expect(exportMigrations(migrations)).toMatchObject({ copied: [], later: [] });
    expect(readdirSync(migrations)).toEqual(before);
    expect(await supabaseDb(database.url, [...push, '--yes'], project.path)).toMatch(/up to date/i);
  });
});
