import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath, kill } from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Children } from './children.ts';
import { firedFile, type FiredPoint } from './points.ts';
import type { ArmedPoint } from './settings.ts';
import { count, type Tally } from './tally.ts';

const command = new URL('../../cli/main.ts', import.meta.url).pathname;
/** What a worker loads first: named points in its work, or nothing but an eye on the harness. */
const FIRST = {
  points: new URL('./hooks.ts', import.meta.url).href,
  nothing: new URL('./end-with-parent.ts', import.meta.url).href,
};
const RESTART_AFTER_MS = 150;

export interface FleetOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly children: Children;
  /** Absent: the workers run as they are. */
  readonly points?: readonly ArmedPoint[];
  readonly tally: Tally;
}

interface Slot {
  child: ChildProcess | null;
  ready: boolean;
  frozen: boolean;
}

/** Workers, each a process of its own as in production, started again whenever one has ended. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #slots: Slot[];
  readonly #thaws = new Set<Promise<void>>();
  readonly #watch: NodeJS.Timeout;
  #stopping = false;
  #seen = 0;
  /** Ends that nobody asked for. */
  readonly unexpected: string[] = [];

  constructor(size: number, options: FleetOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: size }, () => ({ child: null, ready: false, frozen: false }));
    for (const [n, slot] of this.#slots.entries()) this.#launch(slot, n + 1);
    this.#watch = setInterval(() => this.#readPoints(), 20);
  }

  logFiles(): string[] {
    return this.#slots.map((_, n) => this.#logFile(n + 1)).filter((file) => existsSync(file));
  }

  async untilReady(): Promise<void> {
    const until = performance.now() + 60_000;
    while (!this.#slots.every((slot) => slot.ready)) {
      if (performance.now() > until) throw new Error(`workers are not ready: ${this.unexpected.join('; ')}`);
      await sleep(25);
    }
  }

  /** `choice` from 0 up to 1 says which. False when none could be killed. */
  kill(choice: number): boolean {
    const slot = this.#choose(choice);
    return slot?.child?.kill('SIGKILL') ?? false;
  }

  /** Resolves when the first worker is ready, wherever it is between two starts. */
  async untilFirstIsReady(): Promise<void> {
    while (!this.#slots[0]!.ready && !this.#stopping) await sleep(25);
  }

  killFirst(): boolean {
    const slot = this.#slots[0]!;
    slot.ready = false;
    return slot.child?.kill('SIGKILL') ?? false;
  }

  freeze(choice: number, forMs: number): boolean {
    const slot = this.#choose(choice);
    if (!slot?.child?.kill('SIGSTOP')) return false;
    this.#thawLater(slot, forMs);
    return true;
  }

  /** When nobody is frozen any more. */
  async untilThawed(): Promise<void> {
    while (this.#thaws.size > 0) await Promise.all(this.#thaws);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#watch);
    await Promise.all(
      this.#slots.map(async ({ child }) => {
        if (!child || child.exitCode !== null || child.signalCode !== null) return;
        const exited = new Promise<void>((done) => child.once('close', () => done()));
        child.kill('SIGCONT');
        child.kill('SIGTERM');
        const force = setTimeout(() => child.kill('SIGKILL'), 4_000);
        await exited;
        clearTimeout(force);
      }),
    );
  }

  #choose(choice: number): Slot | undefined {
    const candidates = this.#slots.filter(
      (slot) => slot.child && !slot.frozen && slot.child.exitCode === null && slot.child.signalCode === null,
    );
    return candidates[Math.floor(choice * candidates.length)];
  }

  #logFile(n: number): string {
    return join(this.#options.folder, `worker-${n}.log`);
  }

  #launch(slot: Slot, n: number): void {
    const first = this.#options.points ? FIRST.points : FIRST.nothing;
    const child = spawn(execPath, ['--import', first, command, 'worker'], {
      env: this.#options.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (child.pid !== undefined) this.#options.children.add(child.pid);
    slot.child = child;
    slot.ready = false;
    slot.frozen = false;
    child.stderr.pipe(createWriteStream(this.#logFile(n), { flags: 'a' }));
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.includes('"worker is ready"')) slot.ready = true;
    });
    child.once('close', (code, signal) => {
      if (this.#stopping) return;
      if (signal !== 'SIGKILL') this.unexpected.push(`worker ${n} ended by itself (${signal ?? code})`);
      setTimeout(() => {
        if (!this.#stopping) this.#launch(slot, n);
      }, RESTART_AFTER_MS);
    });
  }

  /** Who stopped at a named point is continued after its time. */
  #readPoints(): void {
    const file = firedFile(this.#options.folder);
    if (!existsSync(file)) return;
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    for (const line of lines.slice(this.#seen)) {
      const fired = JSON.parse(line) as FiredPoint;
      const armed = this.#options.points!.find(({ id }) => id === fired.id)!;
      count(
        this.#options.tally,
        `worker ${armed.action === 'kill' ? 'killed' : 'frozen'} ${armed.point.replaceAll('_', ' ')}`,
      );
      const slot = this.#slots.find(({ child }) => child?.pid === fired.pid);
      if (armed.action === 'freeze' && slot) this.#thawLater(slot, armed.freezeMs);
    }
    this.#seen = lines.length;
  }

  #thawLater(slot: Slot, afterMs: number): void {
    const { pid } = slot.child!;
    slot.frozen = true;
    const thaw = sleep(afterMs).then(() => {
      slot.frozen = false;
      this.#thaws.delete(thaw);
      try {
        kill(pid!, 'SIGCONT');
      } catch {
        // it was killed meanwhile
      }
    });
    this.#thaws.add(thaw);
  }
}
