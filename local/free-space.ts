import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CodedError } from '../domain/errors.ts';

/** Bytes free for us at a path that need not exist yet. */
export type FreeSpace = (folder: string) => Promise<number>;

export const freeSpace: FreeSpace = async (folder) => {
  let at = resolve(folder);
  while (!existsSync(at)) at = dirname(at);
  const { bavail, bsize } = await statfs(at);
  return bavail * bsize;
};

/** Throws E_NO_SPACE when less than `neededMb` (10^6 bytes) is free. */
export async function requireSpace(folder: string, neededMb: number, free: FreeSpace = freeSpace): Promise<void> {
  const freeMb = Math.floor((await free(folder)) / 1e6);
  if (freeMb < neededMb) throw noSpace(folder, freeMb, neededMb);
}

export function noSpace(folder: string, freeMb: number, neededMb: number, cause?: unknown): CodedError {
  return new CodedError('E_NO_SPACE', `${folder} has ${freeMb} MB free and ${neededMb} MB are needed`, {
    fix: 'free some space, or move the project to a larger disk',
    cause,
  });
}
