import { CodedError } from '../domain/errors.ts';
import type { TemporalClient } from './connect-temporal.ts';
import { grpcStatus, NOT_FOUND, PERMISSION_DENIED } from './grpc-status.ts';

/** Throws E_NAMESPACE where the server has no such namespace. Who may not ask is not refused: what they do next tells. */
export async function assertNamespace({
  connection,
  namespace,
}: Pick<TemporalClient, 'connection' | 'namespace'>): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    const status = grpcStatus(error)?.code;
    if (status === NOT_FOUND) throw noNamespace(namespace, error);
    if (status !== PERMISSION_DENIED) throw error;
  }
}

export function noNamespace(namespace: string, cause: unknown): CodedError {
  return new CodedError('E_NAMESPACE', `the Temporal server has no namespace "${namespace}"`, {
    fix: `correct TEMPORAL_NAMESPACE, or run "temporal operator namespace create --namespace ${namespace} --retention 30d"`,
    cause,
  });
}
