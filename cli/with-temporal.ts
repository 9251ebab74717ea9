import type { Client } from '@temporalio/client';

/** Runs `work` with the Temporal server that the environment names, and closes the connection again. */
export async function withTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
  // Not before they are needed: loading them takes longer than most commands.
  const { connectTemporal } = await import('../client/connect-temporal.ts');
  const { startTracing } = await import('../worker/telemetry/tracing.ts');
  const tracing = await startTracing(process.env);
  const temporal = await connectTemporal(tracing ? [tracing.plugin] : []);
  try {
    return await work(temporal.client);
  } finally {
    await temporal.close();
    await tracing?.stop();
  }
}
