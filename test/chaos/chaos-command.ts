import { spawn } from 'node:child_process';
import type { Summary } from '../../proof/chaos/report.ts';
import { createFolder } from '../support/folder.ts';

interface RunLine {
  readonly seed: number;
  readonly due: number;
  readonly violations: readonly { readonly rule: string; readonly detail: string }[];
}

/** The command as a person types it, in a folder of this file's own. */
export async function chaos(
  ...args: string[]
): Promise<{ code: number | null; runs: RunLine[]; summary: Summary; said: string }> {
  const folder = createFolder();
  const child = spawn(
    process.execPath,
    ['proof/chaos/main.ts', '--json', '--quick', '--folder', folder.path, ...args],
    {
      cwd: new URL('../..', import.meta.url).pathname,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let out = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  folder.remove();
  const lines = out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RunLine & { summary: Summary });
  return { code, runs: lines.filter((line) => !line.summary), summary: lines.at(-1)!.summary, said };
}
