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
  try {
    return await connected.client.withDeadline(Date.now() + ANSWER_WITHIN, () => ask(connected.client));
  } catch (error) {
    log.warn({ err: error }, 'the Temporal server did not answer a page');
    return null;
  }
}
