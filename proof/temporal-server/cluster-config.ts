import { randomInt } from 'node:crypto';
import { choosePort } from '../../local/ports.ts';

/** As they are killed: from the one that every call passes to the one that nobody calls. */
export const SERVICES = ['frontend', 'history', 'matching', 'worker'] as const;
export type Service = (typeof SERVICES)[number];

export interface Ports {
  readonly grpc: number;
  readonly membership: number;
  /** The frontend's alone serves the HTTP API. */
  readonly http: number;
}

export const STORES = { temporal: 'temporal', visibility: 'temporal_visibility' } as const;

export async function choosePorts(): Promise<Record<Service, Ports>> {
  const entries = SERVICES.map(async (service) => {
    const [grpc, http] = [await choosePort(), await choosePort()];
    return [service, { grpc: grpc.port, http: http.port, membership: await chooseLowPort() }] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<Service, Ports>;
}

/** The server's schema for PostgreSQL keeps the membership port as a smallint: one above 32767 ends the service. */
async function chooseLowPort(): Promise<number> {
  for (;;) {
    const { port, preferred } = await choosePort(randomInt(10_000, 32_768));
    if (preferred) return port;
  }
}

/** One file for all four, in JSON, which is YAML. Limits and all that is not said are the server's own defaults. */
export function clusterConfig(postgresUrl: string, ports: Readonly<Record<Service, Ports>>): string {
  const { host, username, password } = new URL(postgresUrl);
  const store = (databaseName: string) => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: host,
      connectProtocol: 'tcp',
      user: username,
      password: decodeURIComponent(password),
      // For each of the four processes; PostgreSQL here takes 200 in all.
      maxConns: 10,
      maxIdleConns: 10,
      maxConnLifetime: '1h',
    },
  });
  const frontend = `127.0.0.1:${ports.frontend.grpc}`;
  return JSON.stringify(
    {
      log: { stdout: true, level: 'warn' },
      persistence: {
        defaultStore: 'default',
        visibilityStore: 'visibility',
        numHistoryShards: 4,
        datastores: { default: store(STORES.temporal), visibility: store(STORES.visibility) },
      },
      global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
      services: Object.fromEntries(
        SERVICES.map((service) => [
          service,
          {
            rpc: {
              grpcPort: ports[service].grpc,
              membershipPort: ports[service].membership,
              bindOnIP: '127.0.0.1',
              ...(service === 'frontend' && { httpPort: ports[service].http }),
            },
          },
        ]),
      ),
      clusterMetadata: {
        enableGlobalNamespace: false,
        failoverVersionIncrement: 10,
        masterClusterName: 'active',
        currentClusterName: 'active',
        clusterInformation: {
          active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: frontend },
        },
      },
      dcRedirectionPolicy: { policy: 'noop' },
      publicClient: { hostPort: frontend },
    },
    null,
    2,
  );
}
