import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { databaseConnections, databaseUrl } from '../db/connection-string.ts';
import { configError, faultsOf, logLevel, wholeNumber, withoutEmpty, type Environment } from '../domain/variables.ts';
import { withoutValue } from '../domain/expected.ts';

/** Everything that the environment decides, read once. */
export interface Config {
  readonly databaseUrl: string;
  /** Connections of this process to the database at most. */
  readonly databaseConnections: number;
  readonly push: PushConfig;
  /** For the whole Firebase project, over all workers. */
  readonly messagesPerSecond: number;
  readonly logLevel: string;
  /** Where Prometheus finds this worker's metrics; absent = nowhere. @format ip:port */
  readonly metricsAddress: string | undefined;
  /** Where a supervisor asks whether this worker is alive and ready; absent = nowhere. @format ip:port */
  readonly healthAddress: string | undefined;
  /** How long a worker that is told to stop goes on with what it has begun, before it begins no further request. */
  readonly graceSeconds: number;
  /** Which build this worker is; null = workers are not told apart. */
  readonly deployment: { readonly name: string; readonly buildId: string } | null;
}

export interface PushConfig {
  /** Absent: the credentials name it, or nothing does. */
  readonly projectId: string | undefined;
  readonly emulatorHost: string | undefined;
}

/** An address of this machine; a name is not one: Temporal's exporter takes none. */
const listenAddress = (example: string) =>
  z.string().refine(isListenAddress, `expected ip:port to listen on, for example ${example}`).optional();

const firebase = z.object({
  FIREBASE_PROJECT_ID: z.string().min(1).optional(),
  FIREBASE_MESSAGING_EMULATOR_HOST: z
    .string()
    .regex(/^(\[[0-9a-f:]+\]|[^:/\s]+):\d{1,5}$/i, 'expected host:port, for example 127.0.0.1:9099')
    .optional(),
});

/** Temporal writes both with a dot in between. */
const deploymentPart = z.string().regex(/^[\w-][\w.-]*$/, 'expected letters, digits, dots, - and _');

const environment = firebase.extend({
  DATABASE_URL: databaseUrl,
  DATABASE_CONNECTIONS: databaseConnections(20),
  FCM_MESSAGES_PER_SECOND: wholeNumber(1, 1_000_000, 10_000),
  GOOGLE_APPLICATION_CREDENTIALS: z.string().min(1).optional(),
  METRICS_ADDRESS: listenAddress('127.0.0.1:9464, or 0.0.0.0:9464 for other machines'),
  HEALTH_ADDRESS: listenAddress('127.0.0.1:8080, or 0.0.0.0:8080 for other machines'),
  LOG_LEVEL: logLevel,
  WORKER_GRACE_SECONDS: wholeNumber(0, 3_600, 5),
  WORKER_DEPLOYMENT_NAME: deploymentPart.regex(/^[^.]+$/, 'expected a name without dots').optional(),
  WORKER_BUILD_ID: deploymentPart.optional(),
});

/** Throws E_CONFIG with a line for each variable that is wrong. Values are not repeated: some are secret. */
export function readConfig(env: Environment): Config {
  const parsed = environment.safeParse(withoutEmpty(env), { error: withoutValue });
  const faults = parsed.success ? [] : faultsOf(parsed.error);
  const credentials = readCredentials(env);
  if (credentials.fault) faults.push(credentials.fault);
  const { WORKER_DEPLOYMENT_NAME: name, WORKER_BUILD_ID: buildId } = withoutEmpty(env);
  if (Boolean(name) !== Boolean(buildId))
    faults.push(
      `${name ? 'WORKER_BUILD_ID' : 'WORKER_DEPLOYMENT_NAME'}: expected with the other of the two, it is not set`,
    );
  if (!parsed.success || faults.length > 0) throw configError(faults);
  const values = parsed.data;
  return Object.freeze({
    databaseUrl: values.DATABASE_URL,
    databaseConnections: values.DATABASE_CONNECTIONS,
    messagesPerSecond: values.FCM_MESSAGES_PER_SECOND,
    logLevel: values.LOG_LEVEL,
    metricsAddress: values.METRICS_ADDRESS,
    healthAddress: values.HEALTH_ADDRESS,
    graceSeconds: values.WORKER_GRACE_SECONDS,
    deployment: name && buildId ? { name, buildId } : null,
    push: pushConfig(values, credentials.projectId ?? env['GOOGLE_CLOUD_PROJECT']),
  });
}

/** For looking at the way to Firebase when other variables are wrong. Throws E_CONFIG for its own. */
export function readPushConfig(env: Environment): PushConfig {
  const parsed = firebase.safeParse(withoutEmpty(env), { error: withoutValue });
  const credentials = readCredentials(env);
  const faults = parsed.success ? [] : faultsOf(parsed.error);
  if (credentials.fault) faults.push(credentials.fault);
  if (!parsed.success || faults.length > 0) throw configError(faults);
  return pushConfig(parsed.data, credentials.projectId ?? env['GOOGLE_CLOUD_PROJECT']);
}

function pushConfig(values: z.infer<typeof firebase>, projectOfCredentials: string | undefined): PushConfig {
  return {
    projectId: values.FIREBASE_PROJECT_ID ?? projectOfCredentials,
    emulatorHost: values.FIREBASE_MESSAGING_EMULATOR_HOST,
  };
}

/** For commands that need nothing but the database. */
export function readDatabaseUrl(env: Environment): string {
  const parsed = databaseUrl.safeParse(withoutEmpty(env)['DATABASE_URL']);
  if (!parsed.success) throw configError(parsed.error.issues.map((issue) => `DATABASE_URL: ${issue.message}`));
  return parsed.data;
}

function readCredentials(env: Environment): { projectId?: string; fault?: string } {
  const path = env['GOOGLE_APPLICATION_CREDENTIALS'];
  if (!path || env['FIREBASE_MESSAGING_EMULATOR_HOST']) return {};
  const name = 'GOOGLE_APPLICATION_CREDENTIALS';
  if (!existsSync(path))
    return { fault: `${name}: expected the path of a service account's JSON file, there is no such file` };
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as { project_id?: unknown };
    return typeof content.project_id === 'string' ? { projectId: content.project_id } : {};
  } catch {
    return { fault: `${name}: expected a JSON file, it cannot be read as one` };
  }
}

function isListenAddress(text: string): boolean {
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  return isIP(v6 ?? v4 ?? '') === (v6 ? 6 : 4) && Number(port) <= 65_535;
}
