import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canReach, databaseAccount } from '../../local/folders.ts';
import type { Children } from './children.ts';

/** A new folder among the temporary files, which root's PostgreSQL, run as somebody else, can pass through. */
export function makeFolder(name: string): string {
  const parent = canReach(tmpdir(), databaseAccount()) ? tmpdir() : '/var/tmp';
  const folder = mkdtempSync(join(parent, `scenario-push-${name}-`));
  chmodSync(folder, 0o711);
  return folder;
}

/** Ctrl-C ends every process that was started, and then this one. */
export function endOnSignals(children: Children): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      children.endAll('SIGQUIT');
      setTimeout(() => {
        children.endAll('SIGKILL');
        process.exit(130);
      }, 1_000);
    });
  }
}
