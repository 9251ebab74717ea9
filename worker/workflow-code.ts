import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';
import type { TemporalClient } from '../client/connect-temporal.ts';
import { cachedBundle } from './cached-bundle.ts';
import type { Tracing } from './telemetry/tracing.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/**
 * What a worker runs, and how its payloads are encoded. A bundle made beforehand starts in 0.4 s instead of 4; one that
 * encrypts or traces makes its own, since the workflows' own failures are to be encoded as well, and traced by interceptors.
 */
export async function workflowCode({
  payloadCodecs,
  encrypts,
  tracing,
}: TemporalClient['codec'] & { tracing?: Tracing | null }): Promise<Partial<WorkerOptions>> {
  if (!encrypts && !tracing) {
    const made = path('../dist/workflow-bundle.js');
    const codePath = existsSync(made) ? made : await cachedBundle();
    if (codePath) return { workflowBundle: { codePath }, dataConverter: { payloadCodecs } };
  }
  return {
    workflowsPath: path('../workflows/index.ts'),
    ...(tracing && { plugins: [tracing.plugin] }),
    dataConverter: {
      payloadCodecs,
      ...(encrypts && { failureConverterPath: path('../workflows/encoded-failures.ts') }),
    },
  };
}
