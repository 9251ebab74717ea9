import { asCoded } from '../answers/failure.ts';
import { UsageError } from '../domain/errors.ts';
import { paint } from './paint.ts';

/** Tells what went wrong on standard error, without a stack, and returns the exit code: 2 for misuse, else 1. */
export function reportFailure(error: unknown): 1 | 2 {
  const { code, message } = asCoded(error);
  process.stderr.write(`${paint(['bold', 'red'], code, process.stderr)}${message.slice(code.length)}\n`);
  return error instanceof UsageError ? 2 : 1;
}
