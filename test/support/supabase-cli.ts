import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createFolder } from './folder.ts';

const project = resolve(import.meta.dirname, '..', '..');

/** `supabase db push` as a user of the project runs it. */
export const supabasePush = (url: string): Promise<string> => supabaseDb(url, ['push', '--yes']);

/** `supabase db …` in a project of which only the folder `supabase` counts, with a home of its own, and without telling anybody. */
export async function supabaseDb(url: string, args: readonly string[], workdir = project): Promise<string> {
  const home = createFolder();
  try {
    const { stdout, stderr } = await promisify(execFile)(
      join(project, 'node_modules', '.bin', 'supabase'),
      ['db', ...args, '--db-url', `${url}?sslmode=disable`, '--workdir', workdir],
      {
        timeout: 60_000,
        env: {
          PATH: process.env['PATH'],
          HOME: home.path,
          TMPDIR: home.path,
          SUPABASE_TELEMETRY_DISABLED: '1',
          DO_NOT_TRACK: '1',
          CI: 'true',
        },
      },
    );
    return stdout + stderr;
  } finally {
    home.remove();
  }
}
