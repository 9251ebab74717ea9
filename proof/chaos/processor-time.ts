import { readFileSync } from 'node:fs';

interface ProcessorTime {
  readonly busy: number;
  readonly stolen: number;
}

/** What all processors have done since they started, in hundredths of a second; null where no /proc says it. */
export function processorTime(): ProcessorTime | null {
  let stat: string;
  try {
    stat = readFileSync('/proc/stat', 'utf8');
  } catch {
    return null;
  }
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = stat
    .slice('cpu'.length, stat.indexOf('\n'))
    .trim()
    .split(/\s+/)
    .map(Number);
  return { busy: user + nice + system + irq + softirq, stolen };
}

/**
 * Of the processor time that was wanted since `before`, what other guests of the host had: a run of which a fifth was
 * taken says little about a limit in seconds.
 */
export function takenByOthers(before: ProcessorTime | null): { readonly percent_taken_by_other_guests?: number } {
  const now = processorTime();
  if (!before || !now) return {};
  const stolen = now.stolen - before.stolen;
  const wanted = stolen + now.busy - before.busy;
  return { percent_taken_by_other_guests: wanted > 0 ? Math.round((100 * stolen) / wanted) : 0 };
}
