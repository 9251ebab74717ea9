/**
 * Every database error that leaves the repository. `operation` names what was attempted, `cause` is the driver's error,
 * `sqlState` its five-character code where PostgreSQL gave one (absent when the connection failed).
 */
export class ScenarioRepositoryException extends Error {
  override readonly name = 'ScenarioRepositoryException';
  readonly code = 'E_DATABASE';
  readonly operation: string;
  readonly sqlState: string | undefined;

  constructor(operation: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`E_DATABASE: ${operation} failed: ${reason}`, { cause });
    this.operation = operation;
    this.sqlState = sqlStateOf(cause);
  }
}

/** Runs `work`; what it throws leaves as a {@link ScenarioRepositoryException} that names `operation`. */
export async function guard<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ScenarioRepositoryException(operation, error);
  }
}

const DEADLOCK = '40P01';
const SERIALIZATION_FAILURE = '40001';

/** Whether running the same transaction again is the cure. */
export function isWorthRepeating(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === DEADLOCK || state === SERIALIZATION_FAILURE;
}

function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
