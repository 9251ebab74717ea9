import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { startFcmEmulator } from './fcm-emulator/emulator.ts';
import type { GivenParts } from './given-parts.ts';
import { choosePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import type { Supervisor } from './supervisor.ts';
import { startTemporalServer } from './temporal-server.ts';
import { asWorker } from './logins.ts';

/** Where the parts are, started here or given. */
export interface Surroundings {
  /** What the worker and every command need to find them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Those of it that another terminal needs and does not have: a database that was given is known, and so is its password. */
  readonly published: Readonly<Record<string, string>>;
  /** What a worker needs instead: it is nobody's owner. Null where the database is not ours to make log-ins in. */
  readonly workersDatabaseUrl: string | null;
  readonly webUi: string | null;
  readonly ledgerFile: string | null;
}

const PORTS = { postgres: 55432, temporal: 7233, webUi: 8233, emulator: 9099 };
const PROJECT = 'scenario-push-local';

/** What is used as it is, by name, and what is started in its place. */
export function announceParts(given: GivenParts, log: (line: string) => void): void {
  for (const part of [given.database, given.temporal, given.push]) {
    if (part) log(`Using ${part.name}, which the environment names.`);
  }
  const starting = [
    ...(given.database ? [] : ['PostgreSQL']),
    ...(given.temporal ? [] : ['a Temporal server']),
    ...(given.push ? [] : ['an FCM emulator']),
  ];
  if (starting.length > 0) log(`Starting ${new Intl.ListFormat('en-GB').format(starting)} …`);
}

/** Starts what the environment does not name, all at the same time; a port that is taken is replaced by a free one. */
export async function startParts(
  supervisor: Supervisor,
  folder: string,
  { given, env, log }: { given: GivenParts; env: NodeJS.ProcessEnv; log: (line: string) => void },
): Promise<Surroundings> {
  const portFor = async (name: keyof typeof PORTS) => {
    const { port, preferred } = await choosePort(PORTS[name]);
    if (!preferred) log(`Port ${PORTS[name]} is in use, ${name} takes ${port}.`);
    return port;
  };

  const database = async () => {
    if (given.database) return given.database.url;
    const port = await portFor('postgres');
    const dataDir = join(folder, 'postgres');
    return (await supervisor.start('postgres', (onSpawn) => startPostgres({ dataDir, port, onSpawn }))).url;
  };
  const temporal = async () => {
    if (given.temporal) return null;
    const [port, uiPort] = [await portFor('temporal'), await portFor('webUi')];
    const dbFilename = join(folder, 'temporal.db');
    const server = await supervisor.start('temporal', (onSpawn) =>
      startTemporalServer({ dbFilename, port, uiPort, log, onSpawn }),
    );
    return {
      webUi: server.uiUrl,
      environment: {
        ...environmentOfOwnTemporal(server.address, folder),
        ...(server.uiUrl && { TEMPORAL_UI_ADDRESS: server.uiUrl }),
      },
    };
  };
  const push = async () => {
    if (given.push) return null;
    const port = await portFor('emulator');
    const ledgerFile = join(folder, 'fcm-ledger.jsonl');
    const emulator = await supervisor.start('emulator', () => startFcmEmulator({ port, ledgerFile }));
    return { address: emulator.address, ledgerFile };
  };

  // All settled before the first failure is told: what is still coming up must be stopped as well.
  const settled = await Promise.allSettled([database(), temporal(), push()]);
  const failure = settled.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
  const [databaseUrl, server, emulator] = settled.map(
    (outcome) => (outcome as PromiseFulfilledResult<unknown>).value,
  ) as [string, Awaited<ReturnType<typeof temporal>>, Awaited<ReturnType<typeof push>>];
  const environment = {
    DATABASE_URL: databaseUrl,
    ...server?.environment,
    ...(emulator && {
      FIREBASE_MESSAGING_EMULATOR_HOST: emulator.address,
      FIREBASE_PROJECT_ID: env['FIREBASE_PROJECT_ID'] ?? PROJECT,
    }),
  };
  return {
    workersDatabaseUrl: given.database ? null : asWorker(databaseUrl),
    environment,
    published: Object.fromEntries(
      Object.entries(environment).filter(([name]) => name !== 'DATABASE_URL' || !given.database),
    ),
    webUi: server?.webUi ?? null,
    ledgerFile: emulator?.ledgerFile ?? null,
  };
}

/** Variables that speak about another Temporal server, and about which of its builds gets work. */
export function isOfAnotherServer(name: string): boolean {
  return /^(TEMPORAL_(?!CLI_)|WORKER_(DEPLOYMENT_NAME|BUILD_ID)$)/.test(name);
}

/** A configuration file of the person at the keyboard may hold a namespace, a key and TLS: none of it is for our server. */
function environmentOfOwnTemporal(address: string, folder: string): Record<string, string> {
  const environment = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'default' };
  if (!hasConfigFile()) return environment;
  const file = join(folder, 'temporal.toml');
  writeFileSync(file, `[profile.default]\naddress = "${address}"\n`);
  return { ...environment, TEMPORAL_CONFIG_FILE: file };
}

function hasConfigFile(): boolean {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ disableEnv: true });
    return [namespace, ...Object.values(connectionOptions)].some((value) => value !== undefined);
  } catch {
    return true; // one that cannot be read would stop us as well
  }
}
