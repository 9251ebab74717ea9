import { UsageError } from '../domain/error-codes.ts';
import { paint } from './paint.ts';

/** Tells what went wrong on standard error, without a stack, and returns the exit code: 2 for misuse, else 1. */
export function reportFailure(error: unknown): 1 | 2 {
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.name === 'WorkflowFailedError' ? innermost(error).message : null;
  process.stderr.write(`${highlight(cause ? `${message}: ${cause}` : message)}\n`);
  return error instanceof UsageError ? 2 : 1;
}

/** The code that a message opens with is what docs/errors.md is searched by. */
function highlight(message: string): string {
  return message.replace(/^E_[A-Z_]+/, (code) => paint(['bold', 'red'], code, process.stderr));
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}
