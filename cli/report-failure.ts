import { CodedError, isCoded, UsageError } from '../domain/errors.ts';
import { describeDatabaseError, isDatabaseError } from '../db/repository-exception.ts';
import { paint } from './paint.ts';

/** Names, not classes: the SDK's have none that all share. */
const REFUSALS_OF_TEMPORAL = new Set([
  'ServiceError',
  'ScheduleNotFoundError',
  'WorkflowNotFoundError',
  'NamespaceNotFoundError',
  'QueryRejectedError',
  'QueryNotRegisteredError',
  'WorkflowUpdateFailedError',
]);

/** Tells what went wrong on standard error, without a stack, and returns the exit code: 2 for misuse, else 1. */
export function reportFailure(error: unknown): 1 | 2 {
  const { code, message } = coded(error);
  process.stderr.write(`${paint(['bold', 'red'], code, process.stderr)}${message.slice(code.length)}\n`);
  return error instanceof UsageError ? 2 : 1;
}

/** Opens with a code of docs/errors.md, whatever was thrown. */
export function describeFailure(error: unknown): string {
  return coded(error).message;
}

/** The code is what docs/errors.md is searched by. */
function coded(error: unknown): Pick<CodedError, 'code' | 'message'> {
  if (!isError(error)) return new CodedError('E_UNEXPECTED', String(error));
  if (isCoded(error)) return error;
  if (error.name === 'WorkflowFailedError') {
    return new CodedError('E_WORKFLOW_FAILED', `${error.message}: ${innermost(error).message}`, {
      fix: 'its history in the Temporal Web UI says more',
    });
  }
  if (isDatabaseError(error) || isOfTheNetwork(error)) {
    return new CodedError('E_DATABASE', describeDatabaseError(error), {
      fix: '"scenario-push doctor" looks at database and schema',
    });
  }
  if (REFUSALS_OF_TEMPORAL.has(error.name)) {
    const said = [error, ...(isError(error.cause) ? [error.cause] : [])].map((each) => each.message).join(': ');
    return new CodedError('E_TEMPORAL_REFUSED', said, {
      fix: '"scenario-push doctor" looks at the server, "schedules list" at the Schedules',
    });
  }
  return new CodedError('E_UNEXPECTED', error.message || error.name, {
    fix: 'if "scenario-push doctor" finds nothing to do, this is a fault of the program',
  });
}

function innermost(error: Error): Error {
  return isError(error.cause) ? innermost(error.cause) : error;
}

/** By shape: errors of Node, its modules and the SDK come from several realms. */
function isError(error: unknown): error is Error {
  return typeof (error as Error | null)?.message === 'string';
}

/** Only the driver of the database lets those through: Temporal's and Firebase's have names of their own. */
function isOfTheNetwork(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return (
    (typeof code === 'string' && /^E[A-Z]+$/.test(code)) ||
    /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message)
  );
}
