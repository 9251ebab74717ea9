import { pino, type Logger } from 'pino';
import type { Dependencies } from '../../activities/dependencies.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import type { FcmEmulator } from '../../local/fcm-emulator/emulator.ts';
import { createFirebaseSender } from '../../push/firebase-sender.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { startEmulator } from './emulator.ts';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface TestService extends TestDatabase {
  readonly deps: Dependencies;
  readonly repository: ScenarioRepository;
  readonly emulator: FcmEmulator;
  /** What was logged, parsed. */
  readonly log: LogLine[];
  /** Sets the clock that claims and answers are timed by. */
  setNow(now: Date): void;
  stop(): Promise<void>;
}

/** The service's parts on a database, as the worker's role, and an emulator of this file's own, and a clock that stands where it is set. */
export async function startService(now: Date): Promise<TestService> {
  const [database, emulator] = await Promise.all([createDatabase(), startEmulator()]);
  const log: LogLine[] = [];
  const push = createFirebaseSender({ projectId: 'test', emulatorHost: emulator.address });
  const repository = new ScenarioRepository(database.worker.db);
  let current = now;
  const deps: Dependencies = { repository, push, clock: () => current, log: collectingLog(log) };
  return {
    ...database,
    deps,
    repository,
    emulator,
    log,
    setNow: (next) => {
      current = next;
    },
    stop: async () => {
      await push.close();
      await emulator.stop();
      await database.drop();
    },
  };
}

function collectingLog(lines: LogLine[]): Logger {
  return pino(
    { level: 'debug', base: null, timestamp: false },
    { write: (line) => void lines.push(JSON.parse(line) as LogLine) },
  );
}
