import { sql } from 'kysely';
import { connectTemporal, temporalConfig, type TemporalClient } from '../client/connect-temporal.ts';
import { connect, createPool } from '../db/connect.ts';
import { assertSchemaCurrent } from '../db/migrate.ts';
import { guard, sqlStateOf } from '../db/repository-exception.ts';
import { SECOND } from '../domain/durations.ts';
import { CodedError } from '../domain/errors.ts';
import type { ConsoleConfig } from './config.ts';
import type { ConsoleLog, ConsoleServices } from './services.ts';

const CONNECT_WITHIN = 2 * SECOND;
/** A server that is away is not tried again for every page. */
const TRY_AGAIN_AFTER = 5 * SECOND;

interface ConnectedServices extends ConsoleServices {
  close(): Promise<void>;
}

/**
 * Connects the console to its database, and to Temporal when a page asks for it. Throws E_CONSOLE_ROLE where persons sign in
 * and the role of DATABASE_URL may not become `authenticated`.
 */
export async function connectServices(config: ConsoleConfig, log: ConsoleLog): Promise<ConnectedServices> {
  const pool = createPool({
    url: config.databaseUrl,
    maxConnections: config.databaseConnections,
    applicationName: 'scenario-push-console',
  });
  const db = connect(pool);
  const temporal = lazyTemporal(log);
  const services: ConnectedServices = {
    db,
    temporal: temporal.get,
    clock: () => new Date(),
    webUi: config.webUi,
    namespace: temporalConfig().namespace ?? 'default',
    log,
    async close() {
      await temporal.close();
      await db.destroy();
    },
  };
  try {
    await assertSchemaCurrent(db);
    if (config.supabase || config.jwtSecret !== null) await assertMayBecomePersons(services);
    // Whoever comes first need not wait for it.
    void temporal.get();
    return services;
  } catch (error) {
    await services.close();
    throw error;
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

async function assertMayBecomePersons({ db }: ConsoleServices): Promise<void> {
  await guard('becomePerson', () =>
    db.transaction().execute(async (tx) => {
      const { rows } = await sql<{ role: string }>`select current_user as role`.execute(tx);
      await sql`set local role authenticated`.execute(tx).catch((error: unknown) => {
        if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
        const role = rows[0]!.role;
        throw new CodedError('E_CONSOLE_ROLE', `role "${role}" may not act for the persons who sign in`, {
          fix: `as a superuser, or whoever administers the role, run: grant authenticated to "${role}"`,
        });
      });
    }),
  );
}

/** One connection for all pages, made when the first asks. */
function lazyTemporal(log: ConsoleLog) {
  let connection: Promise<TemporalClient> | null = null;
  let failedAt = -Infinity;
  return {
    async get(): Promise<TemporalClient | null> {
      if (performance.now() - failedAt < TRY_AGAIN_AFTER) return null;
      connection ??= connectTemporal([], CONNECT_WITHIN);
      try {
        return await connection;
      } catch (error) {
        failedAt = performance.now();
        connection = null;
        log.warn({ err: error }, 'the Temporal server does not answer');
        return null;
      }
    },
    async close(): Promise<void> {
      await connection?.then((client) => client.close()).catch(() => {});
    },
  };
}
