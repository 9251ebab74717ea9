import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { SECOND } from '../domain/durations.ts';
import type { ConsoleServices } from './services.ts';

const ANSWER_WITHIN = 2 * SECOND;

/** What the Temporal server says; null where it does not answer in time. A page shows what the database knows without it. */
export async function askTemporal<T>(
  { temporal, log }: ConsoleServices,
  ask: (client: Client) => Promise<T>,
): Promise<T | null> {
  const connected = await temporal();
  if (!connected) return null;
  const waited = new AbortController();
  try {
    const asked = connected.client.withDeadline(Date.now() + ANSWER_WITHIN, () => ask(connected.client));
    // What it asks may have a deadline of its own, which is for whoever can wait.
    return await Promise.race([asked, sleep(ANSWER_WITHIN, null, { signal: waited.signal })]);
  } catch (error) {
    log.warn({ err: error }, 'the Temporal server did not answer a page');
    return null;
  } finally {
    waited.abort();
  }
}
