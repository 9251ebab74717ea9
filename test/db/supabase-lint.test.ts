import { expect, test } from '@jest/globals';
import { globSync } from 'node:fs';
import { createDatabase } from '../support/database.ts';
import { supabaseDb, supabasePush } from '../support/supabase-cli.ts';

/** `db lint` needs the extension plpgsql_check, which Debian packages for its own PostgreSQL. */
const version = /^\/usr\/lib\/postgresql\/(\d+)\//.exec(process.env['TEST_POSTGRES_BIN'] ?? '')?.[1];
const installed = globSync(`/usr/share/postgresql/${version}/extension/plpgsql_check.control`).length > 0;

(installed ? test : test.skip)(
  `supabase db lint finds no error in any function${installed ? '' : ' (NOT TESTED: PostgreSQL without plpgsql_check)'}`,
  async () => {
    const database = await createDatabase();
    const lint = () => supabaseDb(database.url, ['lint', '--schema', 'public,scenario_push', '--level', 'error']);
    try {
      // With both histories: the linter knows nothing of a table that is asked for only where it is there.
      await supabasePush(database.url);
      expect(await lint()).toMatch(/^Connecting[^]*schema: scenario_push\n$/);
      await database.pool.query(
        `create function public.wrong() returns void language plpgsql as 'begin perform missing from users; end'`,
      );
      expect(await lint()).toMatch(/public\.wrong[^]*column .*missing.* does not exist/);
    } finally {
      await database.drop();
    }
  },
);
