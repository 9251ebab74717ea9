import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { noWorker } from '../client/no-worker.ts';
import { pollersOf } from '../client/pollers.ts';
import { SECOND } from '../domain/durations.ts';

/** A worker that starts beside the command is given so long. */
const PATIENCE_MS = 10 * SECOND;
const EVERY_MS = 5 * SECOND;

type Out = NodeJS.WritableStream & { readonly isTTY?: boolean };

/**
 * Says on `out`, from ten seconds on, that no worker asks for work, once each time that comes to be so. Never fails.
 * Returns how to end it.
 */
export function noticeNoWorker(
  client: Client,
  out: Out,
  { patienceMs = PATIENCE_MS, everyMs = EVERY_MS } = {},
): () => Promise<void> {
  const ended = new AbortController();
  const wait = (ms: number) => sleep(ms, undefined, { signal: ended.signal }).catch(() => {});
  let isSaid = false;
  const watching = (async () => {
    await wait(patienceMs);
    while (!ended.signal.aborted) {
      const notice = await describeNoWorker(client);
      if (notice !== null && !isSaid && !ended.signal.aborted) out.write(`${out.isTTY ? '\r\x1b[2K' : ''}${notice}\n`);
      isSaid = notice !== null;
      await wait(everyMs);
    }
  })();
  return () => {
    ended.abort();
    return watching;
  };
}

/** Null: somebody works, or nobody can tell. */
async function describeNoWorker(client: Client): Promise<string | null> {
  const pollers = await pollersOf(client, new Date()).catch(() => null);
  return pollers?.alive.length === 0 ? noWorker(client.options.namespace, pollers.lastAt).message : null;
}

/** Says once on standard error that what was just started waits for a worker. */
export async function noticeNobodyWorks(client: Client): Promise<void> {
  const notice = await describeNoWorker(client);
  if (notice !== null) process.stderr.write(`${notice}\n`);
}
