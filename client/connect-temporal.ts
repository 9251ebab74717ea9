import { Client, Connection, type ClientPlugin } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ServiceError } from '../domain/error-codes.ts';

export interface TemporalClient {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  close(): Promise<void>;
}

/** Connects as the environment says, by the names that the `temporal` command line reads. Throws E_TEMPORAL. */
export async function connectTemporal(plugins: readonly ClientPlugin[] = []): Promise<TemporalClient> {
  const { connectionOptions, namespace = 'default' } = temporalConfig();
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '10 seconds' });
    return { client: new Client({ connection, namespace, plugins: [...plugins] }), connection, namespace, close: () => connection.close() };
  } catch (error) {
    throw unreachable(connectionOptions.address, error);
  }
}

export function temporalConfig() {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    throw new ServiceError('E_TEMPORAL_CONFIG', `Temporal's configuration cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

export function unreachable(address: string | undefined, cause: unknown): ServiceError {
  return new ServiceError(
    'E_TEMPORAL',
    `no Temporal server answers at ${address ?? '127.0.0.1:7233'} (${(cause as Error).message}). Start one, or set TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and, for Temporal Cloud, TEMPORAL_API_KEY.`,
    { cause },
  );
}
