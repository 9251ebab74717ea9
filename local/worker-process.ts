import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CodedError } from '../domain/errors.ts';
import { appendPrivate } from './private-file.ts';
import type { Part } from './supervisor.ts';
import { tail } from './tail.ts';

const READY_WITHIN_MS = 60_000;
/** More than the worker's own grace for requests in flight. */
const STOP_WITHIN_MS = 35_000;

/**
 * A worker as production runs it, `scenario-push worker`, in a process of its own; its log goes to a file.
 * Ready when it says so. Throws E_WORKER_START with the end of its log.
 */
export async function startWorkerProcess(options: {
  env: NodeJS.ProcessEnv;
  logFile: string;
  onSpawn: (pid: number) => void;
}): Promise<Part & { pid: number }> {
  const command = join(import.meta.dirname, '..', 'cli', 'main.ts');
  const child = spawn(process.execPath, [command, 'worker'], {
    env: options.env,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // Ctrl-C is for the supervisor, which stops the parts in order
  });
  const log = appendPrivate(options.logFile);
  child.stderr.pipe(log);
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  if (child.pid === undefined)
    throw new CodedError('E_WORKER_START', 'the worker could not be started', {
      fix: 'look for a limit on processes or memory',
    });
  options.onSpawn(child.pid);

  const ready = new Promise<void>((resolve) => {
    const lines = createInterface({ input: child.stderr });
    lines.on('line', (line) => {
      if (line.includes('"worker is ready"')) resolve();
    });
  });
  const late = AbortSignal.timeout(READY_WITHIN_MS);
  const outcome = await Promise.race([
    ready.then(() => 'ready' as const),
    exited.then(() => 'ended' as const),
    new Promise<'late'>((resolve) => late.addEventListener('abort', () => resolve('late'), { once: true })),
  ]);
  if (outcome !== 'ready') {
    child.kill('SIGKILL');
    throw new CodedError(
      'E_WORKER_START',
      `the worker ${outcome === 'late' ? 'was not ready in a minute' : 'ended'}:\n${tail(options.logFile)}`,
      { fix: 'correct what it names' },
    );
  }
  return {
    pid: child.pid,
    exited,
    stop: async () => {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await exited;
      clearTimeout(force);
    },
  };
}
