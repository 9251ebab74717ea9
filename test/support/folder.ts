import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canReach, databaseAccount } from '../../local/folders.ts';
import { mustClose } from './leaks.ts';

export type TestFolder = { path: string; remove(): void };

/** A temporary folder through which the database's account can pass. To be removed before the file ends. */
export function createFolder(): TestFolder {
  const path = mkdtempSync(join(canReach(tmpdir(), databaseAccount()) ? tmpdir() : '/var/tmp', 'scenario-push-test-'));
  chmodSync(path, 0o711);
  const closed = mustClose(`folder ${path}`);
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 5 });
      closed();
    },
  };
}
