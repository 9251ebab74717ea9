import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CodedError } from '../../domain/errors.ts';

const DONE = '@done';

/** The psql of PGBIN, else of PATH; null where there is none. */
export function findPsql(env: NodeJS.ProcessEnv): string | null {
  const psql = env['PGBIN'] ? join(env['PGBIN'], 'psql') : 'psql';
  return spawnSync(psql, ['--version'], { stdio: 'ignore' }).status === 0 ? psql : null;
}

/** One psql that is given scripts one after the other and says how long each statement took it, by label. */
export class PsqlSession {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly times = new Map<string, { calls: number; ms: number }>();
  #label = '';
  #output = '';
  #said = 0;
  #waiting: { resolve: (said: number) => void; reject: (error: Error) => void } | null = null;

  constructor(psql: string, url: string) {
    // What PG… variables say is about another server; the client's encoding and its own files could change the output.
    // A command line can be read by everybody on the machine, an environment cannot.
    const address = new URL(url);
    const PGPASSWORD = decodeURIComponent(address.password);
    address.password = '';
    const env = { PATH: process.env['PATH'], LC_ALL: 'C', PGCLIENTENCODING: 'UTF8', PGPASSWORD };
    this.#child = spawn(psql, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', address.href], {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#read(line));
    this.#child.stderr!.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-2_000)));
    this.#child.stdin!.on('error', () => {}); // it has ended: its exit says why
    this.#exited = new Promise((resolve) => this.#child.once('close', () => resolve()).once('error', () => resolve()));
    void this.#exited.then(() => this.#waiting?.reject(new CodedError('E_BENCH_FLOOR', `psql ended: ${this.#output}`)));
    this.#child.stdin!.write('\\timing on\n\\o /dev/null\n');
  }

  /**
   * Runs a script; `\echo @label` lines in it name what the statements after them belong to. Returns the number that its
   * last `\echo =number` said, else 0.
   */
  run(script: string): Promise<number> {
    this.#said = 0;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#child.stdin!.write(`${script}\n\\echo ${DONE}\n`);
    });
  }

  async end(): Promise<void> {
    this.#waiting = null;
    this.#child.stdin!.end('\\q\n');
    await this.#exited;
  }

  #read(line: string): void {
    const [, ms] = /^Time: ([\d.]+) ms/.exec(line) ?? [];
    if (ms !== undefined) {
      const { calls, ms: before } = this.times.get(this.#label) ?? { calls: 0, ms: 0 };
      this.times.set(this.#label, { calls: calls + 1, ms: before + Number(ms) });
    } else if (line === DONE) this.#waiting?.resolve(this.#said);
    else if (line.startsWith('=')) this.#said = Number(line.slice(1));
    else if (line.startsWith('@')) this.#label = line.slice(1);
  }
}
