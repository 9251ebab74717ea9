import { CodedError, isCoded } from '../domain/errors.ts';
import { noNamespace } from '../client/assert-namespace.ts';
import { grpcStatus } from '../client/grpc-status.ts';
import { describeDatabaseError, isDatabaseError, sqlStateOf } from '../db/repository-exception.ts';

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

/** Opens with a code of docs/errors.md, whatever was thrown. */
export function describeFailure(error: unknown): string {
  return asCoded(error).message;
}

/** Whatever was thrown, with a code that docs/errors.md is searched by. */
export function asCoded(error: unknown): Pick<CodedError, 'code' | 'message'> {
  if (!isError(error)) return new CodedError('E_UNEXPECTED', String(error));
  // Its own message names an operation of the program, which is for the log.
  if (error.name === 'ScenarioRepositoryException') return ofDatabase(error.cause);
  if (isCoded(error)) return error;
  if (error.name === 'WorkflowFailedError') {
    return new CodedError('E_WORKFLOW_FAILED', `${error.message}: ${innermost(error).message}`, {
      fix: 'its history in the Temporal Web UI says more',
    });
  }
  if (isDatabaseError(error) || isOfTheNetwork(error)) return ofDatabase(error);
  const status = grpcStatus(error);
  const namespace = missingNamespace(error);
  if (namespace) return noNamespace(namespace, error);
  if (REFUSALS_OF_TEMPORAL.has(error.name)) {
    const said = [error, ...(isError(error.cause) ? [error.cause] : [])].map((each) => each.message).join(': ');
    return new CodedError('E_TEMPORAL_REFUSED', said, {
      fix: '"scenario-push doctor" looks at the server, "schedules list" at the Schedules',
    });
  }
  if (status) {
    return new CodedError('E_TEMPORAL_REFUSED', status.details, { fix: '"scenario-push doctor" looks at the server' });
  }
  return new CodedError('E_UNEXPECTED', error.message || error.name, {
    fix: 'if "scenario-push doctor" finds nothing to do, this is a fault of the program',
  });
}

/** The SDK has an error of its own for it, which it does not use everywhere. */
function missingNamespace(error: Error): string | undefined {
  if (error.name === 'NamespaceNotFoundError') return (error as Error & { namespace?: string }).namespace;
  return /^Namespace "?([^" ]+)"? is not found/i.exec(grpcStatus(error)?.details ?? '')?.[1];
}

function ofDatabase(error: unknown): CodedError {
  return new CodedError('E_DATABASE', describeDatabaseError(error), { fix: adviceOnDatabase(error) });
}

/** By the class of PostgreSQL's code; without one it was the network. */
function adviceOnDatabase(error: unknown): string {
  const state = sqlStateOf(error);
  if (state === undefined || /^(08|57P)/.test(state))
    return 'see that it runs and can be reached, and that host and port in DATABASE_URL are right';
  if (state.startsWith('28')) return 'correct user and password in DATABASE_URL';
  if (state === '3D000') return 'create it, or correct its name in DATABASE_URL';
  if (state === '42501')
    return 'DATABASE_URL names a role without that right; docs/access.md says which role does what';
  if (/^42(P01|703|883)/.test(state)) return '"scenario-push migrate status" shows what the schema lacks';
  if (state.startsWith('53'))
    return 'give it memory, disk or connections; DATABASE_CONNECTIONS bounds those of a worker';
  return '"scenario-push doctor" looks at database and schema';
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
