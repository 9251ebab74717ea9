import type { Kysely } from 'kysely';
import { connect, createPool } from '../db/connect.ts';
import { ScenarioRepository } from '../db/scenario-repository.ts';
import type { Database } from '../db/tables.ts';
import { readDatabaseUrl } from '../worker/config.ts';

/** Runs `work` with the database that DATABASE_URL names, and closes it again. */
export async function withDatabase<T>(
  work: (parts: { db: Kysely<Database>; repository: ScenarioRepository }) => Promise<T>,
): Promise<T> {
  const pool = createPool({
    url: readDatabaseUrl(process.env),
    maxConnections: 4,
    applicationName: 'scenario-push-cli',
  });
  const db = connect(pool);
  try {
    return await work({ db, repository: new ScenarioRepository(db) });
  } finally {
    await db.destroy();
  }
}

/** `database "name" on host:port`, for questions: never the log-in. */
export function describeTarget(url: string = readDatabaseUrl(process.env)): string {
  const { hostname, port, pathname } = new URL(url);
  return `database "${pathname.slice(1)}" on ${hostname}${port && `:${port}`}`;
}
