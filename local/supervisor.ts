import type { EventEmitter } from 'node:events';
import { RunState } from './run-state.ts';

/** One running thing: how to end it, and, where it can end by itself, when it did. */
export type Part = { stop(): Promise<void>; exited?: Promise<void> };

export type SupervisorOptions = {
  folder: string;
  log: (line: string) => void;
  /** How long one part may take to stop before the next one is stopped regardless, milliseconds. @default 40 000 */
  stopWithinMs?: number;
  /** Stop when the process that started this one is gone: npm, killed, does not pass that on. @default false */
  stopWhenOrphaned?: boolean;
  /** For tests. @default process */
  signals?: Pick<EventEmitter, 'on' | 'off'>;
  exit?: (code: number) => void;
};

/** Ctrl-C reaches this process from the terminal and may reach it again through npm: that is no second one. */
const sameKeystrokeMs = 500;

/**
 * The parts of one `npm start`, stopped in the reverse of the order in which they were started: the worker before
 * the servers that it talks to.
 *
 *     const supervisor = await Supervisor.begin({folder: localFolder(), log});
 *     const database = await supervisor.start('postgres', (onSpawn) => startPostgres({dataDir, onSpawn}));
 *     …
 *     await supervisor.untilStopped();
 *
 * SIGINT, SIGTERM and SIGHUP stop everything in order; a second one ends all processes at once (code 130), and what
 * might survive that is ended by the next `begin` in the same folder.
 */
export class Supervisor {
  /** Names of what had survived a killed predecessor and was ended. */
  readonly reclaimed: string[];
  readonly #options: SupervisorOptions;
  readonly #state: RunState;
  readonly #parts: { name: string; part: Part }[] = [];
  readonly #abort = new AbortController();
  readonly #parent = process.ppid;
  #orphanWatch: NodeJS.Timeout | undefined;
  #firstSignalAt = 0;
  #stopping: Promise<void> | undefined;
  #stopped = Promise.withResolvers<StopReason>();

  private constructor(options: SupervisorOptions, state: RunState, reclaimed: string[]) {
    this.#options = options;
    this.#state = state;
    this.reclaimed = reclaimed;
  }

  /** Throws E_ALREADY_RUNNING while another run owns the folder, E_CANNOT_RECLAIM. */
  static async begin(options: SupervisorOptions): Promise<Supervisor> {
    const { state, reclaimed } = await RunState.reclaim(options.folder);
    const supervisor = new Supervisor(options, state, reclaimed);
    const signals = options.signals ?? process;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) signals.on(signal, supervisor.#onSignal);
    if (options.stopWhenOrphaned) supervisor.#watchParent();
    return supervisor;
  }

  /** Aborted as soon as the run is to end: for work that should not go on then. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get log(): SupervisorOptions['log'] {
    return this.#options.log;
  }

  /** What a second start in this folder is told: where the parts are. */
  publish(addresses: readonly string[]): void {
    this.#state.publish(addresses);
  }

  /**
   * Starts a part and takes charge of it. `onSpawn` goes to whatever spawns a process. A part that ends by itself ends
   * the run. Throws what starting it throws, and `StoppedWhileStarting` when the run was stopped in between.
   */
  async start<T extends Part>(name: string, begin: (onSpawn: (pid: number) => void) => Promise<T>): Promise<T> {
    this.#abort.signal.throwIfAborted();
    const part = await begin((pid) => this.#state.add(name, pid));
    this.#parts.push({ name, part });
    void part.exited?.then(() => {
      if (this.#stopping) return;
      this.#options.log(`${name} has ended unexpectedly, stopping the rest.`);
      void this.stop({ part: name });
    });
    if (this.#stopping) {
      // The stop went by while this part was coming up.
      await part.stop();
      throw new StoppedWhileStarting(name);
    }
    return part;
  }

  /** Stops everything, last started first. The same promise however often it is called; a part that fails to stop is logged. */
  stop(reason: StopReason = { asked: true }): Promise<void> {
    this.#abort.abort(new StoppedWhileStarting('the run'));
    return (this.#stopping ??= this.#stopInOrder(reason));
  }

  /** Resolves, with the reason, when everything has stopped. */
  untilStopped(): Promise<StopReason> {
    // A promise alone does not keep Node running, and the servers are no handles of this process.
    const alive = setInterval(() => {}, 1 << 30);
    return this.#stopped.promise.finally(() => clearInterval(alive));
  }

  async #stopInOrder(reason: StopReason): Promise<void> {
    for (const { name, part } of this.#parts.toReversed()) {
      const within = this.#options.stopWithinMs ?? 40_000;
      const timer = Promise.withResolvers<'late'>();
      const timeout = setTimeout(() => timer.resolve('late'), within);
      try {
        const outcome = await Promise.race([part.stop(), timer.promise]);
        if (outcome === 'late') this.#options.log(`${name} did not stop within ${within / 1000} s.`);
      } catch (error) {
        this.#options.log(`${name} did not stop cleanly: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        clearTimeout(timeout);
      }
    }
    clearInterval(this.#orphanWatch);
    this.#state.release();
    const signals = this.#options.signals ?? process;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) signals.off(signal, this.#onSignal);
    this.#stopped.resolve(reason);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#stopping) {
      if (performance.now() - this.#firstSignalAt < sameKeystrokeMs) return;
      this.#state.quitAll();
      (this.#options.exit ?? process.exit)(130);
      return;
    }
    this.#firstSignalAt = performance.now();
    this.#options.log(signal === 'SIGINT' ? 'Stopping (once more to force it) …' : 'Stopping …');
    void this.stop({ signal });
  };

  #watchParent(): void {
    this.#orphanWatch = setInterval(() => {
      if (process.ppid === this.#parent || this.#stopping) return;
      this.#options.log('The process that started this one has ended, stopping.');
      void this.stop({ signal: 'SIGHUP' });
    }, 1_000).unref();
  }
}

export type StopReason = { asked: true } | { signal: NodeJS.Signals } | { part: string };

/** Not a failure: whoever was starting things gives up and waits for `untilStopped`. */
export class StoppedWhileStarting extends Error {
  constructor(name: string) {
    super(`${name} was stopped while it was starting`);
    this.name = 'StoppedWhileStarting';
  }
}
