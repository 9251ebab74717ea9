import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { connect, createPool } from '../../db/connect.ts';
import { migrateUp } from '../../db/migrate.ts';
import { startPostgres } from '../../local/postgres.ts';
import { createFolder } from '../support/folder.ts';
import { mustClose } from '../support/leaks.ts';

/** The oldest PostgreSQL that the contract names: Debian's, or the `bin` folder that TEST_POSTGRES_15 names. */
const candidates = [
  process.env['TEST_POSTGRES_15'],
  '/usr/lib/postgresql/15/bin',
  '/opt/homebrew/opt/postgresql@15/bin',
];
export const OLD_POSTGRES = {
  name: 'PostgreSQL 15',
  folder: candidates.find((folder) => folder !== undefined && existsSync(join(folder, 'postgres'))) ?? null,
};

/** A migrated database on a server of this file's own. To be dropped in `afterAll`. */
export async function oldPostgresDatabase(): Promise<{ pool: pg.Pool; drop(): Promise<void> }> {
  const folder = createFolder();
  const server = await startPostgres({
    dataDir: join(folder.path, 'postgres-15'),
    durable: false,
    binaries: OLD_POSTGRES.folder!,
  });
  const pool = createPool({ url: server.url });
  const db = connect(pool);
  const closed = mustClose('PostgreSQL 15 (call drop() in afterAll)');
  await migrateUp(db);
  const { rows } = await pool.query<{ version: string }>(`select current_setting('server_version_num') as version`);
  if (!rows[0]!.version.startsWith('15'))
    throw new Error(`${OLD_POSTGRES.folder} is not PostgreSQL 15 but ${rows[0]!.version}`);
  return {
    pool,
    drop: async () => {
      await db.destroy();
      await server.stop();
      folder.remove();
      closed();
    },
  };
}
