import { Kysely, PostgresDialect, type LogEvent } from 'kysely';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { CodedError } from '../domain/errors.ts';
import { connectionStringFault } from './connection-string.ts';
import { PreparingClient } from './preparing-client.ts';
import type { Database } from './tables.ts';

export interface ConnectOptions {
  /** @format postgres://user:password@host:port/database */
  readonly url: string;
  /** Connections at most. @default 10 */
  readonly maxConnections?: number;
  /** As PostgreSQL shows it in pg_stat_activity. @default scenario-push */
  readonly applicationName?: string;
  /** Whether hot statements are prepared once a connection; not behind a pooler that shares sessions. @default false */
  readonly prepare?: boolean;
  /** Milliseconds after which PostgreSQL ends a statement. @default as the database says */
  readonly statementTimeoutMs?: number;
}

const { DATE, INT8 } = pg.types.builtins;

/** Dates stay text (a Date would shift them by a timezone); counts are far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === DATE) return (text: string) => text;
    if (oid === INT8) return Number;
    return pg.types.getTypeParser(oid, format as 'text');
  }) as typeof pg.types.getTypeParser,
};

/**
 * A pool as the service needs it: instants leave SQL in UTC, a connection that breaks while idle ends there and not the
 * process, and no statement waits for ever for a lock. A process that is frozen inside a transaction gives up its locks
 * after five minutes: its sockets stay open, so nobody else would ever notice.
 *
 * Throws E_CONFIG for a connection string that is none: an error about it would quote a part of its password.
 */
export function createPool({
  url,
  maxConnections = 10,
  applicationName = 'scenario-push',
  prepare = false,
  statementTimeoutMs,
}: ConnectOptions): pg.Pool {
  const fault = connectionStringFault(url);
  if (fault !== null) throw new CodedError('E_CONFIG', `the address of the database: ${fault}`);
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    lock_timeout: 60_000,
    idle_in_transaction_session_timeout: 300_000,
    types,
    ...(statementTimeoutMs !== undefined && { statement_timeout: statementTimeoutMs }),
    ...(prepare && { Client: PreparingClient }),
  });
  pool.on('error', () => {
    // The pool has dropped the connection; whoever needs one next gets a new one, or the error.
  });
  pool.on('connect', (client) => {
    // The pool listens to idle connections alone. One that breaks inside a transaction rejects the query there; without
    // a listener it would end the process as well.
    client.on('error', () => {});
  });
  return pool;
}

/** `onStatement` is called after each statement, in the asynchronous context of whoever asked for it. */
export function connect(pool: pg.Pool, onStatement?: (event: LogEvent) => void): Kysely<Database> {
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool, cursor: Cursor }),
    ...(onStatement && { log: onStatement }),
  });
}
