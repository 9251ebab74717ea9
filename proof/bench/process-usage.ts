import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;

/**
 * Seconds of CPU that these processes and all that come from them have spent so far, those that have ended included. It is
 * what a busy machine falsifies least. Null where there is no /proc.
 */
export function cpuSecondsOf(roots: readonly number[]): number | null {
  const processes = readdirIfThere('/proc')
    ?.filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? []);
  if (!processes) return null;
  const counted = new Set(roots);
  // A child may be listed before its parent: until nothing more is found.
  for (let size = 0; size !== counted.size;) {
    size = counted.size;
    for (const { pid, parent } of processes) if (counted.has(parent)) counted.add(pid);
  }
  return processes.reduce((sum, { pid, ticks }) => (counted.has(pid) ? sum + ticks : sum), 0) / TICKS_PER_SECOND;
}

/** The most memory a process has held so far, in megabytes (10^6 bytes); null where /proc does not tell. */
export function peakRssMb(pid: number): number | null {
  try {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kibibytes === undefined ? null : Math.round((Number(kibibytes) * 1024) / 1e6);
  } catch {
    return null;
  }
}

function statOf(pid: number): { pid: number; parent: number; ticks: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold anything; user and system time of its own, then of its children that have ended.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { pid, parent: fields[1]!, ticks: fields[11]! + fields[12]! + fields[13]! + fields[14]! };
  } catch {
    return null; // ended meanwhile
  }
}

function readdirIfThere(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch {
    return null;
  }
}
