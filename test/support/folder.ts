import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mustClose } from './leaks.ts';
import { fromSetup } from './server-address.ts';

export type TestFolder = { path: string; remove(): void };

/** A folder below the run's own, through which the database's account can pass. To be removed before the file ends. */
export function createFolder(): TestFolder {
  const path = mkdtempSync(join(fromSetup('TEST_FOLDER'), 'folder-'));
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
