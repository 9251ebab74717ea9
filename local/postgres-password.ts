import { spawn, type SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, existsSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../domain/errors.ts';
import type { Account } from './folders.ts';
import { openPrivate } from './private-file.ts';
import { followPassword } from './logins.ts';

/** In the folder of the data, so that the two stay together where that is copied. */
export const passwordFile = (dataDir: string): string => join(dataDir, 'scenario-push.password');

/** Everybody on this machine reaches a port on loopback: nobody is let in without a password. */
const ACCESS = ['127.0.0.1/32', '::1/128'].map((from) => `host all all ${from} scram-sha-256\n`).join('');

export function readPassword(dataDir: string): string {
  return readFileSync(passwordFile(dataDir), 'utf8').trim();
}

/** A new password in a file of mode 600, which the account that runs the server can read as well. */
export function writePassword(file: string, account: Account | null): string {
  const password = randomBytes(24).toString('hex');
  const fd = openPrivate(file, 'w');
  try {
    writeSync(fd, `${password}\n`);
  } finally {
    closeSync(fd);
  }
  if (account) chownSync(file, account.uid, account.gid);
  return password;
}

/**
 * Gives a password to data that was made when everybody was let in; nothing to do where there is one. The server must not
 * run. The file comes last: until it is there, a start begins anew.
 *
 * Throws E_POSTGRES_START.
 */
export async function requirePassword(
  dataDir: string,
  server: string,
  account: Account | null,
  as: SpawnOptions,
): Promise<void> {
  if (existsSync(passwordFile(dataDir))) return;
  const half = `${passwordFile(dataDir)}.new`;
  const password = writePassword(half, account);
  const child = spawn(server, ['--single', '-D', dataDir, 'postgres'], {
    ...as,
    cwd: dataDir,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin!.on('error', () => {}); // it has ended: its exit says so
  // A line is a statement.
  child.stdin!.end([`alter role postgres password '${password}'`, ...followPassword(password), ''].join('\n'));
  const code = await new Promise<number | null>((done) => child.once('error', () => done(null)).once('close', done));
  if (code !== 0) {
    throw new CodedError(
      'E_POSTGRES_START',
      `PostgreSQL could not set a password in ${dataDir}; it said:\n${output.replaceAll(password, '…').slice(-2000)}`,
      { fix: 'correct what it names, or remove the folder: its data is a stand-in' },
    );
  }
  writeFileSync(join(dataDir, 'pg_hba.conf'), ACCESS);
  renameSync(half, passwordFile(dataDir));
}
