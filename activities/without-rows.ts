import { describeDatabaseError, isDatabaseError } from '../db/repository-exception.ts';

type AnyActivity = (...args: never[]) => Promise<unknown>;

/**
 * The same activities, whose errors may be stored in a history: Temporal keeps message and stack of an error and of all
 * its causes, and what PostgreSQL says may quote a row, a device token with it.
 */
export function withoutRows<T extends Record<string, AnyActivity>>(activities: T): T {
  const guarded = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...args: never[]) => {
      try {
        return await activity(...args);
      } catch (error) {
        throw errorWithoutRows(error);
      }
    },
  ]);
  return Object.fromEntries(guarded) as T;
}

/** Itself where nothing below it comes from PostgreSQL; else a copy of the same name and place. */
function errorWithoutRows(error: unknown): unknown {
  if (!isError(error)) return error;
  if (isDatabaseError(error)) return copy(error, describeDatabaseError(error));
  const cause = errorWithoutRows(error.cause);
  return cause === error.cause ? error : copy(error, error.message, { cause });
}

function copy(error: Error, message: string, options?: ErrorOptions): Error {
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  const { name } = error;
  return Object.assign(new Error(message, options), { name, stack: [`${name}: ${message}`, ...frames].join('\n') });
}

/** By shape: errors come from several realms. */
function isError(error: unknown): error is Error {
  return typeof (error as Error | null)?.message === 'string';
}
