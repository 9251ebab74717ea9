import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Installs what a folder's own package.json depends on, where that is not there or older than its lock file. The project itself never depends on it. */
export function install(folder: string, log: (line: string) => void): void {
  const lock = join(folder, 'package-lock.json');
  const installed = statSync(join(folder, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false });
  if (installed && installed.mtimeMs > statSync(lock).mtimeMs) return;
  log(`Installing what ${basename(folder)} depends on …`);
  execFileSync('npm', ['ci', '--prefix', folder, '--ignore-scripts', '--no-progress'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
