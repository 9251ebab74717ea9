import { Client, Connection, type ClientPlugin } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { PayloadCodec } from '@temporalio/common';
import { SECOND } from '../domain/durations.ts';
import { CodedError } from '../domain/errors.ts';
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
 * PAYLOAD_KEYS says so. `connectTimeoutMs` @default 10 s. Throws E_TEMPORAL, E_TEMPORAL_CONFIG, E_PAYLOAD_KEYS.
 */
export async function connectTemporal(
  plugins: readonly ClientPlugin[] = [],
  connectTimeoutMs = 10 * SECOND,
): Promise<TemporalClient> {
  const { connectionOptions, namespace = 'default' } = temporalConfig();
  const keys = readPayloadKeys(process.env);
  const codec = { payloadCodecs: [new AesPayloadCodec(keys)], encrypts: keys.size > 0 };
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: connectTimeoutMs });
    const client = new Client({
      connection,
      namespace,
      plugins: [...plugins],
      dataConverter: { payloadCodecs: codec.payloadCodecs },
    });
    return { client, connection, namespace, codec, close: () => connection.close() };
  } catch (error) {
    throw unreachable(connectionOptions.address, error);
  }
}

export function temporalConfig() {
  const config = loadConfig();
  // gRPC would repeat the key in its complaint, or try until the deadline.
  if (/[^ -~]/.test(config.connectionOptions.apiKey ?? '')) {
    throw new CodedError(
      'E_TEMPORAL_CONFIG',
      'TEMPORAL_API_KEY holds a line end, or another character that no key has',
      { fix: 'set it again' },
    );
  }
  return config;
}

function loadConfig() {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    // Further lines show the file around the fault, and its secrets.
    const [fault] = (error as Error).message.split('\n');
    throw new CodedError('E_TEMPORAL_CONFIG', `Temporal's configuration cannot be read: ${fault}`, {
      fix: 'correct TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE or the variable',
    });
  }
}

export function unreachable(address: string | undefined, cause: unknown): CodedError {
  return new CodedError(
    'E_TEMPORAL',
    `no Temporal server answers at ${address ?? '127.0.0.1:7233'} (${(cause as Error).message})`,
    {
      fix: 'start one, or set TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and, for Temporal Cloud, TEMPORAL_API_KEY',
      cause,
    },
  );
}
