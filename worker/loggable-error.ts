import { describeDatabaseError, isDatabaseError } from '../db/repository-exception.ts';

export interface LoggableError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggableError;
}

const DEEPEST = 5;

/**
 * An error as a log may have it: type, message, code, stack and causes. No further properties, which hold whole rows,
 * requests and headers; and of a database's error only what quotes no row.
 */
export function loggableError(error: unknown, depth = 0): LoggableError | string {
  if (!isError(error)) return String(error);
  const { name, code, cause } = error as Error & { code?: unknown };
  const ofDatabase = isDatabaseError(error);
  const message = ofDatabase ? describeDatabaseError(error) : error.message;
  return {
    type: name,
    message,
    ...(typeof code === 'string' && { code }),
    // A stack opens with the message.
    ...(error.stack && { stack: ofDatabase ? framesOf(error.stack) : error.stack }),
    ...(isError(cause) && depth < DEEPEST && { cause: loggableError(cause, depth + 1) as LoggableError }),
  };
}

function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}

/** By shape: errors come from several realms. */
function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && typeof (value as Error).message === 'string';
}
