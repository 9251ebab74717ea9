import { execFile } from 'node:child_process';
import { execPath } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../local/run.ts';

const main = new URL('../../cli/main.ts', import.meta.url).pathname;

/** What `scenario-push` prints on standard output, a value for each line of its JSON. Throws with what it says when it fails. */
export function scenarioPush<T>(env: NodeJS.ProcessEnv, ...args: string[]): Promise<T[]> {
  return new Promise((done, fail) => {
    const options = { env, timeout: 300_000, maxBuffer: 1 << 26 };
    execFile(execPath, [main, ...args, '--json'], options, (error, out, said) => {
      if (error) fail(new Error(`scenario-push ${args.join(' ')}: ${said || out || error.message}`.slice(0, 2_000)));
      else
        done(
          out
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as T),
        );
    });
  });
}

/** Temporal's command line, on one server. */
export class TemporalCommand {
  readonly #file: string;
  readonly #address: string;

  constructor(file: string, address: string) {
    this.#file = file;
    this.#address = address;
  }

  /** What it prints. Throws with what it says when it fails. */
  async run(...args: string[]): Promise<string> {
    const { ok, output } = await this.try(...args);
    if (!ok) throw new Error(`temporal ${args.join(' ')}: ${output.trim().slice(-1_000)}`);
    return output;
  }

  async try(...args: string[]): Promise<{ ok: boolean; output: string }> {
    // Profiles and TEMPORAL_… variables of the person at the keyboard speak about another server.
    const own = ['--address', this.#address, '--disable-config-file', '--disable-config-env', '--color', 'never'];
    const { code, output } = await run(this.#file, [...args, ...own], { timeoutMs: 60_000 });
    return { ok: code === 0, output };
  }

  /** Tries until it has succeeded: what was just started answers late, or too late to say that it did it. */
  async eventually(...args: string[]): Promise<string> {
    const until = performance.now() + 60_000;
    for (;;) {
      const { ok, output } = await this.try(...args);
      if (ok || /already exists/i.test(output)) return output;
      if (performance.now() > until) throw new Error(`temporal ${args.join(' ')}: ${output.trim().slice(-1_000)}`);
      await sleep(500);
    }
  }
}
