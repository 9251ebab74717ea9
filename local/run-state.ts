import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../domain/errors.ts';
import { commandLine, isAlive, markOf, terminate, type ProcessMark } from './processes.ts';

/** A process of the run; `command` is its command line, to know it again. */
export type RecordedPart = ProcessMark & { name: string; command: string };

type State = { supervisor: ProcessMark; parts: RecordedPart[]; addresses?: readonly string[] };

/**
 * Which processes a run in this folder consists of, in `run.json`: what a killed run leaves behind is found and ended
 * by the next one.
 */
export class RunState {
  readonly #file: string;
  readonly #state: State;

  private constructor(file: string, state: State) {
    this.#file = file;
    this.#state = state;
  }

  /**
   * Makes the folder this process's. `reclaimed` names what had survived a killed predecessor and was ended.
   *
   * Throws E_ALREADY_RUNNING while another run owns it, E_CANNOT_RECLAIM when a leftover cannot be ended.
   */
  static async reclaim(folder: string): Promise<{ state: RunState; reclaimed: string[] }> {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'run.json');
    const supervisor = markOf(process.pid)!;
    takeLock(folder, supervisor);
    try {
      const before = read(file);
      if (before && before.supervisor.pid !== process.pid && isAlive(before.supervisor)) {
        const { supervisor: running, addresses = [] } = before;
        throw new CodedError(
          'E_ALREADY_RUNNING',
          [`the project is already running here (pid ${running.pid})`, ...addresses].join('\n'),
          { fix: 'use it, or stop it first' },
        );
      }
      const reclaimed: string[] = [];
      // The last one started depends on those before it.
      for (const part of (before?.parts ?? []).toReversed()) {
        if (!isOurs(part)) continue;
        if (
          !(await terminate(part, [
            ['SIGINT', 10_000],
            ['SIGKILL', 2_000],
          ]))
        ) {
          throw new CodedError('E_CANNOT_RECLAIM', `${part.name} (pid ${part.pid}) of an earlier run does not end`, {
            fix: 'kill it',
          });
        }
        reclaimed.push(part.name);
      }
      const state = new RunState(file, { supervisor, parts: [] });
      state.#write();
      return { state, reclaimed };
    } finally {
      rmSync(lockFile(folder), { force: true });
    }
  }

  /** To be called as soon as the process exists, before it is ready. */
  add(name: string, pid: number): void {
    const mark = markOf(pid);
    if (!mark) return; // ended at once: there is nothing to reclaim
    this.#state.parts.push({ ...mark, name, command: commandLine(pid) ?? '' });
    this.#write();
  }

  publish(addresses: readonly string[]): void {
    this.#state.addresses = addresses;
    this.#write();
  }

  /** Without ceremony: PostgreSQL recovers from this as from a crash, and knows SIGQUIT as the request for it. */
  quitAll(): void {
    for (const part of this.#state.parts.filter(isOurs)) {
      try {
        process.kill(part.pid, 'SIGQUIT');
      } catch {
        // ended in this very moment
      }
    }
  }

  /** At the end of an orderly run. */
  release(): void {
    if (read(this.#file)?.supervisor.pid === process.pid) rmSync(this.#file, { force: true });
  }

  #write(): void {
    const next = `${this.#file}.${process.pid}`;
    writeFileSync(next, `${JSON.stringify(this.#state, null, 2)}\n`, { mode: 0o600 });
    renameSync(next, this.#file);
  }
}

/** Start time and command both match: not somebody else's process that got the pid. */
function isOurs(part: RecordedPart): boolean {
  return isAlive(part) && commandLine(part.pid) === part.command;
}

/** Two runs that begin at the same moment must not both find the folder free. */
function takeLock(folder: string, supervisor: ProcessMark): void {
  const file = lockFile(folder);
  for (let attempt = 1; ; attempt++) {
    try {
      writeFileSync(file, JSON.stringify(supervisor), { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readMark(file);
    if (attempt > 1 || (holder && isAlive(holder))) {
      throw new CodedError('E_ALREADY_RUNNING', `the project is just starting here (pid ${holder?.pid ?? 'unknown'})`, {
        fix: 'stop it first',
      });
    }
    rmSync(file, { force: true }); // of a run that was killed in these few lines
  }
}

function lockFile(folder: string): string {
  return join(folder, 'run.lock');
}

function readMark(file: string): ProcessMark | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessMark;
  } catch {
    return null;
  }
}

/** Null where there is none, or none that can be read: it is replaced as a whole, so that was not us. */
function read(file: string): State | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as State;
  } catch {
    return null;
  }
}
