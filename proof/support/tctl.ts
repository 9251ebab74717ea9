import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../local/run.ts';

/**
 * A real tctl, or null: TCTL_PATH, or the one that was built into the project's cache by
 * `GOBIN=~/.cache/scenario-push/tctl-1.15.2 go install -ldflags=-checklinkname=0 go.temporal.io/server/cmd/tools/cli@v1.15.2`.
 * It takes minutes to build: the tests do not.
 */
export function findTctl(env: NodeJS.ProcessEnv = process.env): string | null {
  const cache = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const file = env['TCTL_PATH'] || join(cache, 'scenario-push', 'tctl-1.15.2', 'cli');
  return existsSync(file) ? file : null;
}

/** What it prints when it is given these arguments, on the namespace `default` of a server. */
export async function tctl(file: string, address: string, ...args: string[]): Promise<{ ok: boolean; output: string }> {
  const { code, output } = await run(file, ['--address', address, '--namespace', 'default', ...args], {
    timeoutMs: 30_000,
  });
  return { ok: code === 0, output };
}
