import { join } from 'node:path';
import { startFcmEmulator } from './fcm-emulator/emulator.ts';
import { choosePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import type { Supervisor } from './supervisor.ts';
import { startTemporalServer } from './temporal-server.ts';
import { asWorker } from './worker-login.ts';

/** Where the parts are, started here or given. */
export interface Surroundings {
  /** What the worker and every command need to find them. */
  readonly environment: Readonly<Record<string, string>>;
  /** What a worker needs instead: it is nobody's owner. Null where the database is not ours to make log-ins in. */
  readonly workersDatabaseUrl: string | null;
  readonly webUi: string | null;
  readonly ledgerFile: string | null;
}

const PORTS = { postgres: 55432, temporal: 7233, webUi: 8233, emulator: 9099 };
const PROJECT = 'scenario-push-local';

/** Starts what the environment does not name, all at the same time; a port that is taken is replaced by a free one. */
export async function startParts(
  supervisor: Supervisor,
  folder: string,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<Surroundings> {
  const portFor = async (name: keyof typeof PORTS) => {
    const { port, preferred } = await choosePort(PORTS[name]);
    if (!preferred) log(`Port ${PORTS[name]} is in use, ${name} takes ${port}.`);
    return port;
  };

  const database = async () => {
    if (env['DATABASE_URL']) return env['DATABASE_URL'];
    const port = await portFor('postgres');
    const dataDir = join(folder, 'postgres');
    return (await supervisor.start('postgres', (onSpawn) => startPostgres({ dataDir, port, onSpawn }))).url;
  };
  const temporal = async () => {
    if (env['TEMPORAL_ADDRESS'] || env['TEMPORAL_PROFILE']) return { address: env['TEMPORAL_ADDRESS'], webUi: null };
    const [port, uiPort] = [await portFor('temporal'), await portFor('webUi')];
    const dbFilename = join(folder, 'temporal.db');
    const server = await supervisor.start('temporal', (onSpawn) =>
      startTemporalServer({ dbFilename, port, uiPort, log, onSpawn }),
    );
    return { address: server.address, webUi: server.uiUrl };
  };
  const push = async () => {
    if (env['FIREBASE_MESSAGING_EMULATOR_HOST'] || env['GOOGLE_APPLICATION_CREDENTIALS']) return null;
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
  return {
    workersDatabaseUrl: env['DATABASE_URL'] ? null : asWorker(databaseUrl),
    environment: {
      DATABASE_URL: databaseUrl,
      ...(server.address && { TEMPORAL_ADDRESS: server.address }),
      ...(emulator && {
        FIREBASE_MESSAGING_EMULATOR_HOST: emulator.address,
        FIREBASE_PROJECT_ID: env['FIREBASE_PROJECT_ID'] ?? PROJECT,
      }),
    },
    webUi: server.webUi,
    ledgerFile: emulator?.ledgerFile ?? null,
  };
}
