import { existsSync } from 'node:fs';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/create-activities.ts';
import { DISPATCH_DEFAULTS } from '../activities/dependencies.ts';
import { connectTemporal, temporalConfig } from '../client/connect-temporal.ts';
import { registerSearchAttributes } from '../client/register-search-attributes.ts';
import { TASK_QUEUE } from '../client/task-queue.ts';
import { connect, createPool } from '../db/connect.ts';
import { DeviceTokenRepository } from '../db/device-tokens.ts';
import { assertSchemaCurrent } from '../db/migrate.ts';
import { ScenarioRepository } from '../db/scenario-repository.ts';
import type { Config } from './config.ts';
import { temporalLog } from './log.ts';
import { createPushFromConfig } from './push-from-config.ts';
import { workflowLookup } from './workflow-lookup.ts';

/** Evaluations and dispatches at a time; each dispatch writes one page while it begins the next. */
const ACTIVITIES = 8;
/** How long a worker that is told to stop lets requests in flight end. */
const GRACE = '30 seconds';

/**
 * The composition root: puts the parts together and works until SIGTERM or SIGINT.
 *
 * Refuses to start on a schema that is behind, without a way to Firebase, or without a Temporal server.
 */
export async function runWorker(config: Config, log: Logger): Promise<void> {
  Runtime.install({ logger: temporalLog(log), shutdownSignals: ['SIGTERM', 'SIGINT'] });
  const pool = createPool({ url: config.databaseUrl, maxConnections: config.databaseConnections });
  const db = connect(pool);
  try {
    await assertSchemaCurrent(db);
    const push = await createPushFromConfig(config.push);
    const temporal = await connectTemporal();
    await registerSearchAttributes(temporal.connection, temporal.namespace).catch((error: unknown) =>
      log.warn({ err: error }, 'search attributes could not be registered: ask for ScenarioType (KeywordList) and EvaluationDate (Keyword)'),
    );
    const connection = await NativeConnection.connect(temporalConfig().connectionOptions);
    const worker = await Worker.create({
      connection,
      namespace: temporal.namespace,
      taskQueue: TASK_QUEUE,
      ...workflowCode(),
      activities: createActivities({
        repository: new ScenarioRepository(db),
        tokens: new DeviceTokenRepository(db),
        push,
        clock: () => new Date(),
        log,
        settings: { ...DISPATCH_DEFAULTS, messagesPerSecond: config.messagesPerSecond },
        workflows: workflowLookup(temporal.client),
      }),
      maxConcurrentActivityTaskExecutions: ACTIVITIES,
      maxCachedWorkflows: 500,
      shutdownGraceTime: GRACE,
    });
    log.info({ taskQueue: TASK_QUEUE, namespace: temporal.namespace, project: push.projectId }, 'worker is ready');
    await worker.run();
    await connection.close();
    await temporal.close();
    await push.close();
    log.info('worker has stopped');
  } finally {
    await db.destroy();
  }
}

/** A bundle made beforehand starts in 0.4 s instead of 4. */
function workflowCode(): { workflowBundle: { codePath: string } } | { workflowsPath: string } {
  const bundle = new URL('../dist/workflow-bundle.js', import.meta.url).pathname;
  return existsSync(bundle)
    ? { workflowBundle: { codePath: bundle } }
    : { workflowsPath: new URL('../workflows/index.ts', import.meta.url).pathname };
}
