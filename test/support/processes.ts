import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mustClose } from './leaks.ts';

export type TestProcess = {
  child: ChildProcess;
  pid: number;
  /** The first line that it printed. */
  firstLine: string;
  kill(signal?: NodeJS.Signals): Promise<void>;
};

/** Starts a program in a process group of its own and waits for its first line. To be killed before the file ends. */
export async function startProcess(
  file: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<TestProcess> {
  const child = spawn(file, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = mustClose(`process ${args[0] ?? file}`);
  child.once('exit', closed);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const firstLine = await new Promise<string>((done, fail) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const end = output.indexOf('\n');
      if (end >= 0) done(output.slice(0, end));
    });
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`${args.join(' ')} ended with code ${code}: ${errors}`)));
  });
  return {
    child,
    pid: child.pid!,
    firstLine,
    kill: async (signal = 'SIGKILL') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}
