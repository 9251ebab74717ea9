import type { Client } from '@temporalio/client';
import { connectTemporal } from '../client/connect-temporal.ts';

/** Runs `work` with the Temporal server that the environment names, and closes the connection again. */
export async function withTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const temporal = await connectTemporal();
  try {
    return await work(temporal.client);
  } finally {
    await temporal.close();
  }
}
