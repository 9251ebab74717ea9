import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as it can be recognised later: a bare pid may by then belong to somebody else. */
export type ProcessMark = { pid: number; startedAt: string };

/** One signal and how long to wait for its effect, milliseconds, before the next one. */
export type Step = [signal: NodeJS.Signals, waitMs: number];

/** The mark of a running process, or null when there is none with this pid (a zombie counts as none). */
export function markOf(pid: number): ProcessMark | null {
  const startedAt = startTime(pid);
  return startedAt === null ? null : { pid, startedAt };
}

export function isAlive(mark: ProcessMark): boolean {
  return startTime(mark.pid) === mark.startedAt;
}

/** Whether `pid@host`, as Temporal's workers call themselves, was a process of this machine that has ended. */
export function isOfADeadProcess(identity: string): boolean {
  const [, pid, host] = /^(\d+)@(.+)$/.exec(identity) ?? [];
  return host === hostname() && markOf(Number(pid)) === null;
}

/** Program and arguments separated by spaces, or null when the process is gone or hides them. */
export function commandLine(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || null;
    }
    return ps(pid, 'command=');
  } catch {
    return null;
  }
}

/** The processes, other than this one, whose command line contains the text. */
export function processesMentioning(text: string): ProcessMark[] {
  const pids =
    process.platform === 'linux'
      ? readdirSync('/proc').filter((name) => /^\d+$/.test(name))
      : execFileSync('ps', ['-A', '-o', 'pid='], { encoding: 'utf8' }).trim().split(/\s+/);
  return pids
    .map(Number)
    .filter((pid) => pid !== process.pid && (commandLine(pid) ?? '').includes(text))
    .map(markOf)
    .filter((mark) => mark !== null);
}

/**
 * Signals until the process is gone, each step harsher than the one before.
 * Returns false when it outlived all of them.
 */
export async function terminate(mark: ProcessMark, steps: Step[]): Promise<boolean> {
  for (const [signal, waitMs] of steps) {
    if (!isAlive(mark)) return true;
    try {
      process.kill(mark.pid, signal);
    } catch {
      return !isAlive(mark);
    }
    const until = performance.now() + waitMs;
    while (performance.now() < until) {
      if (!isAlive(mark)) return true;
      await sleep(20);
    }
  }
  return !isAlive(mark);
}

/** Opaque, equal for the life of a process. A zombie has none: killed children of a container's
 *  init that never reaps would otherwise look alive for ever. */
function startTime(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      // The second field is the program's name in parentheses and may hold spaces.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
    }
    const [state, ...started] = ps(pid, 'state=,lstart=').split(/\s+/);
    return state === undefined || state.startsWith('Z') ? null : started.join(' ');
  } catch {
    return null;
  }
}

function ps(pid: number, columns: string): string {
  return execFileSync('ps', ['-ww', '-o', columns, '-p', String(pid)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
