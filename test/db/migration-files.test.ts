import { describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { files, folder, sqlOf } from './migrating.ts';

describe('the files', () => {
  test('are named YYYYMMDDHHMMSS_name.sql, and each has its way down', () => {
    expect(files.filter((file) => !/^\d{14}_[a-z_]+\.sql$/.test(file))).toEqual([]);
    expect(readdirSync(new URL('down/', folder)).sort()).toEqual(files);
  });

  test('open with a comment that states their contract', () => {
    const bare = [...files, ...files.map((file) => `down/${file}`)].filter((file) => !sqlOf(file).startsWith('-- '));
    expect(bare).toEqual([]);
  });

  test('create at most one table each, guarded, and close it there and then', () => {
    for (const file of files) {
      const tables = [...sqlOf(file).matchAll(/create table (if not exists )?public\.(\w+)/g)];
      expect({ file, tables: tables.length }).toEqual({ file, tables: tables.length ? 1 : 0 });
      for (const [, guard, table] of tables) {
        expect({ file, guard }).toEqual({ file, guard: 'if not exists ' });
        const closes = new RegExp(
          `revoke all on table public\\.${table} from public, anon, authenticated|scenario_push\\.(?:created|close_table)\\('${table}'`,
        );
        expect(sqlOf(file)).toMatch(closes);
      }
    }
  });
});
