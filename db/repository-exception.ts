import { CodedError } from '../domain/errors.ts';

/**
 * Every database error that leaves the repository. `operation` names what was attempted, `cause` is the driver's error,
 * `sqlState` its five-character code where PostgreSQL gave one (absent when the connection failed). The message may be
 * read by anybody; the cause may quote a row, and stays in the process.
 */
export class ScenarioRepositoryException extends Error {
  override readonly name = 'ScenarioRepositoryException';
  readonly code = 'E_DATABASE';
  readonly operation: string;
  readonly sqlState: string | undefined;

  constructor(operation: string, cause: unknown) {
    super(`E_DATABASE: ${operation} failed: ${describeDatabaseError(cause)}`, { cause });
    this.operation = operation;
    this.sqlState = sqlStateOf(cause);
  }
}

/** Runs `work`; what it throws leaves as a {@link ScenarioRepositoryException} that names `operation`, but for what has a code. */
export async function guard<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new ScenarioRepositoryException(operation, error);
  }
}

const DEADLOCK = '40P01';
const SERIALIZATION_FAILURE = '40001';
/** Somebody was deleted between a statement's snapshot and its commit. A new snapshot no longer has them. */
const FOREIGN_KEY_VIOLATION = '23503';
const LOCK_NOT_AVAILABLE = '55P03';

/** What PostgreSQL or the driver threw, also where it has left a method of the repository. */
function causeOf(error: unknown): unknown {
  return error instanceof ScenarioRepositoryException ? error.cause : error;
}

/** Whether running the same transaction again is the cure. */
export function isWorthRepeating(error: unknown): boolean {
  const state = sqlStateOf(causeOf(error));
  return state === DEADLOCK || state === SERIALIZATION_FAILURE || state === FOREIGN_KEY_VIOLATION;
}

/** Whether a lock was waited for as long as `lock_timeout` says. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(causeOf(error)) === LOCK_NOT_AVAILABLE;
}

/** The five-character code of an error of PostgreSQL. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** What PostgreSQL itself said, and not a connection that broke. */
export function isDatabaseError(error: unknown): boolean {
  return sqlStateOf(error) !== undefined && typeof (error as { severity?: unknown }).severity === 'string';
}

/**
 * Classes of errors whose text PostgreSQL writes without a value of a row: connection, transaction, access, objects,
 * resources, limits, shutdown, system. All others (bad data, constraints, what a trigger raises) may quote a token.
 */
const QUOTES_NO_ROW = /^(08|25|28|3D|40|42|53|54|55|57|58)/;

/** Values, constraints, what a trigger or function raises; a pooler's and a connection's own codes are not among them. */
const OF_A_ROW = /^(21|22|23|2F|38|39|44|P0)/;

/** Whether PostgreSQL says it of a row's own data, and not of the database. */
export function isOfItsRow(error: unknown): boolean {
  const cause = causeOf(error);
  return isDatabaseError(cause) && OF_A_ROW.test(sqlStateOf(cause) ?? '');
}

/** What an error of the driver says, less what it may quote from a row: there, its code and what it is about. */
export function describeDatabaseError(error: unknown): string {
  const { message, code, errors } = (error ?? {}) as { message?: string; code?: string; errors?: unknown[] };
  const sqlState = sqlStateOf(error);
  if (sqlState && !QUOTES_NO_ROW.test(sqlState)) {
    const { schema, table, column, constraint } = error as Readonly<Record<string, string | undefined>>;
    const about = Object.entries({ schema, table, column, constraint }).flatMap(([name, value]) =>
      value ? [`${name} ${value}`] : [],
    );
    return [`SQLSTATE ${sqlState}`, ...about].join(', ');
  }
  // A refused connection has a cause for each address, and no message of its own.
  return message || (errors ? errors.map(describeDatabaseError).join('; ') : '') || code || String(error);
}
