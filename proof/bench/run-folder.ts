import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Supervisor } from '../../local/supervisor.ts';

/**
 * Does something with servers of its own, in a folder of its own; both are gone when it ends, the folder unless it is to
 * be kept or something went wrong. One at a time: the supervisor refuses a second benchmark beside this one.
 */
export async function inRun<T>(
  { home, name, log, keep = false }: { home: string; name: string; log: (line: string) => void; keep?: boolean },
  work: (supervisor: Supervisor, folder: string) => Promise<T>,
): Promise<T> {
  const supervisor = await Supervisor.begin({ folder: home, log });
  const folder = join(home, `run-${process.pid}-${name}`);
  let kept = keep;
  try {
    for (const each of [home, folder]) {
      mkdirSync(each, { recursive: true });
      openFolder(each);
    }
    return await work(supervisor, folder);
  } catch (error) {
    kept ||= !supervisor.signal.aborted; // for whoever wants to know why
    throw error;
  } finally {
    await supervisor.stop();
    if (!kept) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    else if (existsSync(folder)) log(`Kept: ${folder}`);
  }
}

/** Root's PostgreSQL runs as somebody else, who has to pass through. */
export function openFolder(folder: string): void {
  chmodSync(folder, 0o755);
}
