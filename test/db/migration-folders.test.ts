import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { migrateDown, migrateUp, migrationStatus, schemaVersion } from '../../db/migrate.ts';
import { dumpSchema } from '../../db/schema-dump.ts';
import { findLeaks } from '../support/find-leaks.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';

const SECRET = 'hemmelig-verdi-7f3a';
const A = '20261121000100_a';
const B = '20261121000200_b';
const C = '20261121000300_c';
let database: TestDatabase;
let folder: TestFolder;

beforeAll(() => {
  folder = createFolder();
});
afterAll(() => folder.remove());
beforeEach(async () => {
  database = await createDatabase({ migrated: false });
});
afterEach(() => database.drop());

type Files = Readonly<Record<string, string | Uint8Array>>;
const table = (name: string): Files => ({
  [`${name}.sql`]: `-- A table.\ncreate table ${name.slice(15)} (id int);\n`,
  [`down/${name}.sql`]: `drop table if exists ${name.slice(15)};\n`,
});
const sound: Files = { ...table(A), ...table(B) };

/** A folder of exactly these; null takes away. */
function folderOf(files: Readonly<Record<string, string | Uint8Array | null>>): URL {
  rmSync(join(folder.path, 'm'), { recursive: true, force: true });
  mkdirSync(join(folder.path, 'm', 'down'), { recursive: true });
  for (const [name, content] of Object.entries(files))
    if (content !== null) writeFileSync(join(folder.path, 'm', name), content);
  return pathToFileURL(join(folder.path, 'm') + '/');
}

async function failureOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const { code, message } = error as { code: string; message: string };
  const password = decodeURIComponent(new URL(database.url).password);
  expect(
    findLeaks([SECRET, ...(password.length > 3 ? [password] : []), database.url], [{ name: 'message', text: message }]),
  ).toEqual([]);
  expect(message).not.toMatch(/^\s+at /m);
  return { code, message };
}

async function tables(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by tablename collate "C"`,
  );
  return rows.map(({ name }) => name);
}

test('a sound folder goes up and down', async () => {
  const at = folderOf({ ...sound, 'README.md': 'no migration' });
  expect(await migrateUp(database.db, at)).toEqual([A, B].map((name) => ({ name, direction: 'up' })));
  expect(await tables()).toEqual(['a', 'b']);
  expect(await migrateDown(database.db, { steps: 'all', folder: at })).toEqual(
    [B, A].map((name) => ({ name, direction: 'down' })),
  );
  expect(await tables()).toEqual([]);
});

describe('a folder that is not sound is refused before anything is done', () => {
  const with_ = (files: Readonly<Record<string, string | Uint8Array | null>>) => ({ ...sound, ...files });
  test.each([
    [
      'a name without a timestamp',
      with_({ 'c.sql': 'select 1;' }),
      /c\.sql: expected a name like 20261121000100_name\.sql/,
    ],
    [
      'a timestamp a digit short',
      with_({ '2026112100030_c.sql': 'select 1;' }),
      /2026112100030_c\.sql: expected a name like/,
    ],
    [
      'a name in capitals',
      with_({ '20261121000300_C.SQL': 'select 1;' }),
      /20261121000300_C\.SQL: expected a name like/,
    ],
    [
      'a way down beside the migrations',
      with_({ [`${B}.down.sql`]: 'drop table b;' }),
      /_b\.down\.sql: expected .* the way down under the same name in down\//,
    ],
    [
      'two files of one timestamp',
      with_({ ...table('20261121000200_c') }),
      /_b\.sql and 20261121000200_c\.sql share a timestamp: give one of them a later one/,
    ],
    ['no way down', with_({ [`down/${B}.sql`]: null }), /down\/20261121000200_b\.sql: is missing: write or restore it/],
    [
      'a way down of no migration',
      with_({ [`down/${C}.sql`]: 'drop table c;' }),
      /down\/20261121000300_c\.sql leads back from no migration/,
    ],
    [
      'a file cut off in a statement',
      with_({ [`${B}.sql`]: 'create table b (id int);\nalter table b add column' }),
      /_b\.sql: expected its last statement to end with a semicolon: restore/,
    ],
    ['a file cut off to nothing', with_({ [`${B}.sql`]: '' }), /_b\.sql: holds no statement/],
    [
      'a file cut off after its comment',
      with_({ [`${B}.sql`]: '-- A table; with a name.\n' }),
      /_b\.sql: holds no statement/,
    ],
    ['a file that is no text', with_({ [`${B}.sql`]: Uint8Array.from([0xff, 0xfe, 0x3b]) }), /_b\.sql: expected UTF-8/],
    [
      'a file with a zero byte',
      with_({ [`${B}.sql`]: 'create table b (id int);\0;' }),
      /_b\.sql: expected a text, found a zero byte/,
    ],
    [
      'a file that ends the transaction',
      with_({ [`${B}.sql`]: 'create table b (id int);\ncommit;\nselect 1/0;' }),
      /_b\.sql: remove "commit;": each migration runs in a transaction/,
    ],
    ['no migration at all', {}, /no migrations: install the program again/],
  ])('%s', async (_, files, message) => {
    const at = folderOf(files);
    const before = await dumpSchema(database.pool);
    for (const attempt of [() => migrateUp(database.db, at), () => migrateDown(database.db, { folder: at })]) {
      expect(await failureOf(attempt())).toEqual({
        code: 'E_MIGRATION_FILES',
        message: expect.stringMatching(message),
      });
    }
    expect(await dumpSchema(database.pool)).toBe(before);
  });

  test('with every fault at once', async () => {
    const at = folderOf({ ...sound, [`${A}.sql`]: '', [`down/${B}.sql`]: null });
    const { message } = await failureOf(migrateUp(database.db, at));
    expect(message.split('\n').slice(1)).toEqual([
      expect.stringContaining(`  - ${A}.sql: `),
      expect.stringContaining(`  - down/${B}.sql: `),
    ]);
  });

  test('for a file that cannot be read', async () => {
    // A folder of this name: root may read every file.
    const at = folderOf(sound);
    mkdirSync(new URL(`${C}.sql`, at));
    expect((await failureOf(migrateUp(database.db, at))).message).toMatch(/_c\.sql: is a folder, expected a file/);
    expect(await tables()).toEqual([]);
  });

  test('for a folder that is not there, by each that asks', async () => {
    const at = new URL('nowhere/', folderOf({}));
    const asked = [
      () => migrateUp(database.db, at),
      () => migrationStatus(database.db, at),
      async () => schemaVersion(at),
    ];
    for (const ask of asked)
      expect((await failureOf(ask())).message).toMatch(
        /E_MIGRATION_FILES: .*nowhere\/: is missing: write or restore it/,
      );
  });

  test('and an empty one is never called current', async () => {
    await expect((async () => schemaVersion(folderOf({})))()).rejects.toThrow('E_MIGRATION_FILES');
    await expect(migrationStatus(database.db, folderOf({}))).rejects.toThrow('E_MIGRATION_FILES');
  });
});

describe('SQL that fails half-way', () => {
  const broken = (up: string, down = 'select 1;'): Files => ({ [`${C}.sql`]: up, [`down/${C}.sql`]: down });

  test('leaves nothing of its call, and all of the calls before; the error names file, line and what to do', async () => {
    await migrateUp(database.db, folderOf(table(A)));
    const at = folderOf({
      ...sound,
      ...broken('-- Blåbær 🐤\ncreate table c (id int);\n\ncreate tabel d (id int);\n'),
    });
    expect((await failureOf(migrateUp(database.db, at))).message).toBe(
      `E_MIGRATION_FAILED: ${C}.sql line 4: syntax error at or near "tabel"; nothing was changed; correct the file, or what it met in the database, and run the command again`,
    );
    expect(await tables()).toEqual(['a']);
    expect((await migrationStatus(database.db, at)).map(({ appliedAt }) => appliedAt !== null)).toEqual([
      true,
      false,
      false,
    ]);
    // Mended, the same call does the rest.
    const mended = folderOf({ ...sound, ...table(C) });
    expect(await migrateUp(database.db, mended)).toHaveLength(2);
    expect(await tables()).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['a text that is no number', `alter table people alter column name type int using name::int;`, /SQLSTATE 22P02/],
    [
      'a value twice',
      'create unique index twice on people (name);',
      /SQLSTATE 23505, schema public, table people, constraint twice/,
    ],
    [
      'a check that a row fails',
      `alter table people add constraint short check (length(name) < 3);`,
      /SQLSTATE 23514.*constraint short/,
    ],
    [
      'an exception that quotes',
      `do $$ begin raise exception 'got %', (select name from people limit 1) using hint = (select name from people limit 1); end $$;`,
      /SQLSTATE P0001/,
    ],
  ])('over %s does not quote the row', async (_, up, message) => {
    await database.pool.query(
      `create table people (name text); insert into people values ('${SECRET}'), ('${SECRET}')`,
    );
    const said = (await failureOf(migrateUp(database.db, folderOf(broken(up))))).message;
    expect(said).toMatch(message);
    expect(said).toContain(`${C}.sql`);
    expect((await database.pool.query('select name from people')).rows).toHaveLength(2);
  });

  test('in a quotation that never ends is cut short in the message', async () => {
    const { message } = await failureOf(
      migrateUp(database.db, folderOf(broken(`create table c (id int);\ndo $$ begin ${'x := 1; '.repeat(2_000)}`))),
    );
    expect(message).toMatch(/_c\.sql line 2: unterminated dollar-quoted string/);
    expect(message.length).toBeLessThan(1_000);
    expect(await tables()).toEqual([]);
  });

  test('on the way down says which steps are taken back and which are not', async () => {
    const at = folderOf({
      ...table(A),
      [`${B}.sql`]: 'create table b (id int);',
      [`down/${B}.sql`]: 'drop table b;\ndrop table nowhere;',
      ...table(C),
    });
    await migrateUp(database.db, at);
    expect((await failureOf(migrateDown(database.db, { steps: 3, folder: at }))).message).toMatch(
      new RegExp(
        `^E_MIGRATION_FAILED: down/${B}\\.sql.*: table "nowhere" does not exist; took back ${C}; nothing else was changed; correct the file`,
      ),
    );
    expect(await tables()).toEqual(['a', 'b']);
    expect((await migrationStatus(database.db, at)).map(({ appliedAt }) => appliedAt !== null)).toEqual([
      true,
      true,
      false,
    ]);
    // All of them in one transaction: none.
    expect((await failureOf(migrateDown(database.db, { steps: 'all', folder: at }))).message).toContain(
      '; nothing was changed; ',
    );
    expect(await tables()).toEqual(['a', 'b']);
  });

  test('a migration that another build has applied is named, with what to do', async () => {
    await migrateUp(database.db, folderOf({ ...sound, ...table(C) }));
    expect((await failureOf(migrateUp(database.db, folderOf(sound)))).message).toMatch(
      new RegExp(
        `${C} is missing; nothing was changed; another build has migrated this database: use that one, or restore its files`,
      ),
    );
  });
});
