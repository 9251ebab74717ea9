import type { Client } from '@temporalio/client';
import { connectTemporal } from '../client/connect-temporal.ts';
import { startTracing } from '../worker/telemetry/tracing.ts';

/** Runs `work` with the Temporal server that the environment names, and closes the connection again. */
export async function withTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const tracing = await startTracing(process.env);
  const temporal = await connectTemporal(tracing ? [tracing.plugin] : []);
  try {
    return await work(temporal.client);
  } finally {
    await temporal.close();
    await tracing?.stop();
  }
}
