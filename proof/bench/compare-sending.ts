import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

export interface BareSend {
  readonly messages: number;
  readonly ms: number;
  readonly per_second: number;
  readonly cpu_seconds: number;
}

const MESSAGES = 10_000;

/** Messages a second of firebase-admin's send() alone, in a process of its own, with a worker's requests in flight. */
export async function bareSend(emulatorAddress: string): Promise<BareSend> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, 'bare-send.ts'),
    emulatorAddress,
    String(MESSAGES),
  ]);
  return JSON.parse(stdout) as BareSend;
}

/** Requests in the push service's ledger so far. */
export async function countRequests(ledgerFile: string): Promise<number> {
  let requests = 0;
  for await (const line of createInterface({ input: createReadStream(ledgerFile), crlfDelay: Infinity }))
    if (line !== '') requests++;
  return requests;
}
