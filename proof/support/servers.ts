import { join } from 'node:path';
import { startFcmEmulatorProcess, type FcmEmulatorProcess } from '../../local/fcm-emulator/process.ts';
import { startPostgres, type Postgres } from '../../local/postgres.ts';
import type { Part } from '../../local/supervisor.ts';
import { startTemporalServer, type TemporalServer } from '../../local/temporal-server.ts';

/** Starts a part and takes charge of it: `Supervisor.start`, or whatever sees to it that no process is left over. */
export type Start = <T extends Part>(name: string, begin: (onSpawn: (pid: number) => void) => Promise<T>) => Promise<T>;

/** Each is durable, a process of its own, and can be started again on the port and the data that it had. */
export interface Servers {
  postgres(options?: { settings?: Record<string, string>; port?: number }): Promise<Postgres>;
  temporal(port?: number): Promise<TemporalServer>;
  emulator(options?: { latencyMs?: number; port?: number }): Promise<FcmEmulatorProcess>;
  /** What the emulator writes. */
  readonly ledgerFile: string;
}

/** The servers of one folder, which keeps their data and logs. */
export function serversIn(folder: string, start: Start): Servers {
  const ledgerFile = join(folder, 'fcm-ledger.jsonl');
  return {
    ledgerFile,
    postgres: (options) =>
      start('postgres', (onSpawn) => startPostgres({ dataDir: join(folder, 'postgres'), onSpawn, ...options })),
    temporal: (port) =>
      start('temporal', (onSpawn) =>
        startTemporalServer({
          dbFilename: join(folder, 'temporal.db'),
          logFile: join(folder, 'temporal.log'),
          uiPort: null,
          onSpawn,
          ...(port && { port }),
        }),
      ),
    emulator: (options) =>
      start('emulator', (onSpawn) =>
        startFcmEmulatorProcess({ ledgerFile, logFile: join(folder, 'emulator.log'), onSpawn, ...options }),
      ),
  };
}

/** Of the push service. */
export const PROOF_PROJECT = 'scenario-push-proof';

/** What a worker needs to find them. What the person at the keyboard has set speaks about other servers; limits stay. */
export function workerEnvironment(
  env: NodeJS.ProcessEnv,
  { databaseUrl, temporal, emulator }: { databaseUrl: string; temporal?: string; emulator: string },
): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(
      Object.entries(env).filter(([name]) => !/^(TEMPORAL_|GOOGLE_|FIREBASE_|CHAOS_|PG|DATABASE_URL)/.test(name)),
    ),
    DATABASE_URL: databaseUrl,
    ...(temporal && { TEMPORAL_ADDRESS: temporal }),
    FIREBASE_MESSAGING_EMULATOR_HOST: emulator,
    FIREBASE_PROJECT_ID: PROOF_PROJECT,
  };
}
