import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { tail } from '../../../local/tail.ts';
import { CodedError } from '../../../domain/errors.ts';

/** One process that sweeps, whoever wrote it. */
export interface Participant {
  /** Its process, and that of a server that only it needs. */
  readonly pids: readonly number[];
  /** Starts the sweep, or takes it up again; resolves when it is done. Rejects when the process ends before. */
  sweep(): Promise<void>;
  /** Ends the process as a failing machine would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `proof/bench/alternatives/<name>/main.ts` and waits until it is ready: see kit/take-part.ts. */
export async function startAlternative(options: {
  name: string;
  mentorsPerJob: number;
  env: NodeJS.ProcessEnv;
  asOf: Date;
  isResumed: boolean;
  logFile: string;
  onSpawn: (pid: number) => void;
}): Promise<Participant> {
  const { name, mentorsPerJob, env, asOf, isResumed, logFile, onSpawn } = options;
  const child = spawn(process.execPath, [join(import.meta.dirname, name, 'main.ts')], {
    env: {
      ...env,
      BENCH_AS_OF: asOf.toISOString(),
      BENCH_RESUMED: String(isResumed),
      BENCH_MENTORS_PER_JOB: String(mentorsPerJob),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // Ctrl-C is for the supervisor; a process whose benchmark is gone ends with its standard input
  });
  child.stderr.pipe(createWriteStream(logFile, { flags: 'a' }));
  child.stdin.on('error', () => {}); // it has ended: `said` tells
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  if (child.pid !== undefined) onSpawn(child.pid);
  const words = new Map(['ready', 'done'].map((word) => [word, Promise.withResolvers<void>()]));
  createInterface({ input: child.stdout }).on('line', (line) => words.get(line)?.resolve());
  const said = (word: string): Promise<void> =>
    Promise.race([
      words.get(word)!.promise,
      exited.then(() => {
        throw new CodedError('E_BENCH_ALTERNATIVE', `${name} ended before it was ${word}:\n${tail(logFile)}`);
      }),
    ]);
  await said('ready');
  return {
    pids: [child.pid!],
    sweep: () => {
      child.stdin.write('go\n');
      return said('done');
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    stop: async () => {
      child.stdin.end();
      const force = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await exited;
      clearTimeout(force);
    },
  };
}
