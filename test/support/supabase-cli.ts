import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const project = resolve(import.meta.dirname, '..', '..');

/** `supabase db push` as a user of the project runs it, with a home of its own, and without telling anybody. */
export async function supabasePush(url: string): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'scenario-push-supabase-'));
  try {
    const { stdout, stderr } = await promisify(execFile)(
      join(project, 'node_modules', '.bin', 'supabase'),
      ['db', 'push', '--db-url', `${url}?sslmode=disable`, '--yes', '--workdir', project],
      {
        timeout: 60_000,
        env: {
          PATH: process.env['PATH'],
          HOME: home,
          TMPDIR: home,
          SUPABASE_TELEMETRY_DISABLED: '1',
          DO_NOT_TRACK: '1',
          CI: 'true',
        },
      },
    );
    return stdout + stderr;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
