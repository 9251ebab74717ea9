import { Client, Connection, type ClientPlugin } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { PayloadCodec } from '@temporalio/common';
import { ServiceError } from '../domain/error-codes.ts';
import { AesPayloadCodec } from './payload-codec.ts';
import { readPayloadKeys } from './payload-keys.ts';

export interface TemporalClient {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  /** For a worker on the same server; `encrypts`: there are keys. */
  readonly codec: { readonly payloadCodecs: PayloadCodec[]; readonly encrypts: boolean };
  close(): Promise<void>;
}

/**
 * Connects as the environment says, by the names that the `temporal` command line reads, and encrypts payloads where
 * PAYLOAD_KEYS says so. Throws E_TEMPORAL, E_TEMPORAL_CONFIG, E_PAYLOAD_KEYS.
 */
export async function connectTemporal(plugins: readonly ClientPlugin[] = []): Promise<TemporalClient> {
  const { connectionOptions, namespace = 'default' } = temporalConfig();
  const keys = readPayloadKeys(process.env);
  const codec = { payloadCodecs: [new AesPayloadCodec(keys)], encrypts: keys.size > 0 };
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '10 seconds' });
    const client = new Client({ connection, namespace, plugins: [...plugins], dataConverter: { payloadCodecs: codec.payloadCodecs } });
    return { client, connection, namespace, codec, close: () => connection.close() };
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
