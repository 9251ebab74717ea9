import { createWriteStream, fchmodSync, openSync, type WriteStream } from 'node:fs';

/**
 * Opens a file that nobody but this user may read, whatever the umask, and closes one that was made open. Root's `.local`
 * lets others pass through it to the database, and with it to every file whose name they know.
 */
export function openPrivate(path: string, flags: 'a' | 'a+' | 'w'): number {
  const fd = openSync(path, flags, 0o600);
  fchmodSync(fd, 0o600);
  return fd;
}

/** For a program that opens its files itself: `spawn` within `start`, and what it creates nobody else may read. */
export function withPrivateFiles<T>(start: () => T): T {
  const before = process.umask(0o077);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}

/** Appends to a file as {@link openPrivate} opens it. */
export function appendPrivate(path: string): WriteStream {
  return createWriteStream(path, { fd: openPrivate(path, 'a') });
}
