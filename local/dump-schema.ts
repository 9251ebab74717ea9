import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { migrateUp } from '../db/migrate.ts';
import { dumpSchema } from '../db/schema-dump.ts';
import { startPostgres } from './postgres.ts';

/**
 * `npm run schema` writes schema.sql from a database that is made for it and thrown away;
 * `npm run schema -- --check` writes nothing and ends with 1 where the committed file differs.
 */
const file = new URL('../schema.sql', import.meta.url);
const refresh = 'npm run schema';

const unknown = process.argv.slice(2).filter((argument) => argument !== '--check');
if (unknown.length > 0) {
  console.error(`unknown argument ${unknown.join(' ')}; known is --check`);
  process.exit(2);
}

const actual = await dumpOfFreshDatabase();
if (!process.argv.includes('--check')) {
  writeFileSync(file, actual);
  console.log('schema.sql written');
} else if (!existsSync(file) || readFileSync(file, 'utf8') !== actual) {
  console.error(`schema.sql does not match the migrations; refresh it with: ${refresh}`);
  process.exitCode = 1;
}

async function dumpOfFreshDatabase(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'scenario-push-schema-'));
  // Run by root, the server runs as somebody else, who has to pass through.
  chmodSync(folder, 0o755);
  try {
    const server = await startPostgres({ dataDir: join(folder, 'data'), durable: false });
    const pool = new pg.Pool({ connectionString: server.url });
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
    try {
      await migrateUp(db);
      return await dumpSchema(pool);
    } finally {
      await db.destroy();
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
