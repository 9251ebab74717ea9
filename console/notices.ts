import { currentHalt, type Halt } from '../db/halts.ts';
import type { Reader } from './reader.ts';
import type { ConsoleServices } from './services.ts';

/** What stands above every page of the operator. */
export interface Notices {
  readonly halt: Halt | null;
}

const NOTHING: Notices = { halt: null };

/** A page never fails for what stands above it. */
export async function noticesFor({ db }: ConsoleServices, reader: Reader | undefined): Promise<Notices> {
  if (reader?.kind !== 'operator') return NOTHING;
  return currentHalt(db)
    .then((halt) => ({ halt }))
    .catch(() => NOTHING);
}
