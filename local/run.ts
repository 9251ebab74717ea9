import { spawn } from 'node:child_process';

export type RunOptions = {
  env?: NodeJS.ProcessEnv;
  timeoutMs: number;
  /** Ends the program when `progress()` is the same number twice in a row. */
  stillAlive?: { everyMs: number; progress: () => number };
};

/**
 * Runs a program to its end and returns what it printed. Never throws and never hangs: a program that is missing has
 * code null and the reason as output, one that takes too long is killed with everything it started.
 */
export function run(
  file: string,
  args: string[],
  options: RunOptions,
): Promise<{ code: number | null; output: string }> {
  return new Promise((done) => {
    const child = spawn(file, args, {
      env: options.env ?? process.env,
      detached: true, // a process group, to be killed as one
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-65_536));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);

    const kill = (reason: string) => {
      output += `\n${reason}`;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // ended in this very moment
      }
    };
    const limit = setTimeout(() => kill(`no end after ${options.timeoutMs / 1000} s`), options.timeoutMs);
    let last = -1;
    const watch =
      options.stillAlive &&
      setInterval(() => {
        const now = options.stillAlive!.progress();
        if (now === last || now === 0) kill(`no progress in ${options.stillAlive!.everyMs / 1000} s`);
        last = now;
      }, options.stillAlive.everyMs);
    // Ctrl-C does not reach a group of its own.
    const onExit = () => kill('interrupted');
    process.once('exit', onExit);

    const finish = (code: number | null, reason = '') => {
      clearTimeout(limit);
      clearInterval(watch);
      process.off('exit', onExit);
      done({ code, output: output + reason });
    };
    child.once('error', (error) => finish(null, error.message));
    child.once('close', (code) => finish(code));
  });
}
