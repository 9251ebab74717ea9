import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exportMigrations } from '../../db/migration-export.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';

const FIRST = '20261121000100_first.sql';
const SECOND = '20261121000200_second.sql';

describe('migrations exported into another project', () => {
  let folder: TestFolder;
  let from: URL;
  let to: string;
  const theirs = (file: string, text = 'select 1;'): void => writeFileSync(join(to, file), text);
  const run = () => exportMigrations(to, from);

  beforeEach(() => {
    folder = createFolder();
    const ours = join(folder.path, 'ours');
    to = join(folder.path, 'theirs');
    for (const path of [ours, join(ours, 'down'), to]) mkdirSync(path);
    for (const file of [FIRST, SECOND])
      for (const path of [file, join('down', file)]) writeFileSync(join(ours, path), `select '${path}';`);
    from = pathToFileURL(`${ours}/`);
  });
  afterEach(() => folder.remove());

  test('keep their names and texts, without the ways down', () => {
    theirs('20240101000000_users.sql');
    expect(run()).toEqual({ folder: to, copied: [FIRST, SECOND], unchanged: [], later: [] });
    expect(readdirSync(to).toSorted()).toEqual(['20240101000000_users.sql', FIRST, SECOND]);
    expect(readFileSync(join(to, SECOND), 'utf8')).toBe(`select '${SECOND}';`);
  });

  test('are copied once, and later only what is new', () => {
    theirs(FIRST, `select '${FIRST}';`);
    expect(run()).toMatchObject({ copied: [SECOND], unchanged: [FIRST] });
    expect(run()).toMatchObject({ copied: [], unchanged: [FIRST, SECOND] });
  });

  test('name the files that are later than one that is copied, and no file that is earlier', () => {
    theirs('20261121000150_between.sql');
    theirs('20261121000099_before.sql');
    expect(run().later).toEqual(['20261121000150_between.sql']);
    expect(run().later).toEqual([]);
  });

  test('are refused, all of them and every collision named, where a timestamp is taken or a text differs', () => {
    theirs('20261121000100_news.sql');
    theirs(SECOND, 'select 2;');
    expect(run).toThrow(
      /20261121000100_news\.sql has the timestamp of 20261121000100_first\.sql.*\n.*second\.sql differs/,
    );
    expect(readdirSync(to).toSorted()).toEqual(['20261121000100_news.sql', SECOND]);
    expect(readFileSync(join(to, SECOND), 'utf8')).toBe('select 2;');
  });

  test('make the last folder of the path, and no other', () => {
    expect(exportMigrations(join(to, 'migrations'), from).copied).toEqual([FIRST, SECOND]);
    expect(() => exportMigrations(join(to, 'no', 'migrations'), from)).toThrow(/E_MIGRATION_FILES.*there is no folder/);
    expect(() => exportMigrations(join(to, 'migrations', FIRST), from)).toThrow(/expected a folder/);
  });

  test('say what to do next on the command line', () => {
    const command = (...args: string[]) =>
      execFileSync(process.execPath, ['cli/main.ts', 'migrate', 'export', '--to', to, ...args], { encoding: 'utf8' });
    theirs('20270101000000_news.sql');
    expect(command()).toMatch(
      /^copied \d+ migrations to .*; 0 were there\nlater than some of them: 20270101000000_news\.sql\nnext: .*"supabase db push --include-all --dry-run"/,
    );
    expect(command()).toMatch(/^nothing to copy: .* has all \d+ migrations\n$/);
    expect(JSON.parse(command('--json'))).toMatchObject({ folder: to, copied: [], later: [] });
  });
});
