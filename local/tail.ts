import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** Bytes; 0 where there is no such file. */
export function fileSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The end of a log, from the given byte on, at most four kilobytes. */
export function tail(file: string, from = 0, limit = 4096): string {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(from, size - limit);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    readSync(fd, buffer, 0, buffer.length, start);
    return buffer.toString('utf8').trim();
  } finally {
    closeSync(fd);
  }
}
