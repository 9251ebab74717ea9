import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CodedError } from '../domain/errors.ts';

/** The operating system's account under which PostgreSQL runs. */
export type Account = { name: string; uid: number; gid: number };

const projectFolder = resolve(import.meta.dirname, '..');

/**
 * PostgreSQL refuses to run as root. Root's database therefore runs as `nobody`, anybody else's as themselves (null).
 * Read from /etc/passwd: initdb itself insists on an entry there.
 */
export function databaseAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }));
  const account = ['nobody', 'postgres']
    .map((name) => accounts.find((a) => a.name === name))
    .find((a) => a && a.uid > 0);
  if (!account) {
    throw new CodedError(
      'E_NO_DATABASE_ACCOUNT',
      'PostgreSQL does not run as root and /etc/passwd has no user "nobody"',
      { fix: 'run as another user, or set DATABASE_URL' },
    );
  }
  return account;
}

/** Whether the account may pass through every folder on the way to this one; those still missing do not count. */
export function canReach(folder: string, account: Account | null): boolean {
  if (account === null) return true;
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(at)) {
      const { mode, uid, gid } = statSync(at);
      const execute = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
      if ((mode & execute) === 0) return false;
    }
    if (at === dirname(at)) return true;
  }
}

/**
 * Where everything durable of `npm start` lives: `<project>/.local`, or, where the database's account cannot get
 * there (a clone in a home folder of mode 700) or nothing may be written there, a folder below /var/tmp that
 * is always the same for this user and project. Created when missing.
 *
 * Throws E_LOCAL_FOLDER_TAKEN when somebody else owns the folder below /var/tmp: anybody can create one there.
 */
export function localFolder(project: string = projectFolder): string {
  const own = join(project, '.local');
  if (canReach(project, databaseAccount()) && mayWrite(existsSync(own) ? own : project)) {
    mkdirSync(own, { recursive: true });
    return openForPassing(own);
  }
  const hash = createHash('sha256').update(resolve(project)).digest('hex').slice(0, 12);
  return sharedFolder(`scenario-push-${userInfo().uid}-${hash}`);
}

/** A folder of ours where everybody may make one: ours, not a link, not writable for others. */
export function sharedFolder(name: string): string {
  const folder = join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), name);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o022) !== 0) {
    throw new CodedError('E_LOCAL_FOLDER_TAKEN', `${folder} is not a folder that only you can change`, {
      fix: 'remove it, or move the project to where other users can pass through (not below a home folder of mode 700)',
    });
  }
  return openForPassing(folder);
}

/** Root's folder must let the database's account through to its data, whatever the umask; nobody may list it. */
function openForPassing(folder: string): string {
  chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
  return folder;
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
