import { NativeConnection, Runtime, Worker, type RuntimeOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/create-activities.ts';
import { DISPATCH_DEFAULTS } from '../activities/dependencies.ts';
import { connectTemporal, temporalConfig, type TemporalClient } from '../client/connect-temporal.ts';
import { grpcStatus, PERMISSION_DENIED, UNIMPLEMENTED } from '../client/grpc-status.ts';
import { registerSearchAttributes } from '../client/register-search-attributes.ts';
import { TASK_QUEUE } from '../client/task-queue.ts';
import { connect, createPool } from '../db/connect.ts';
import { DeviceTokenRepository } from '../db/device-tokens.ts';
import { HolderSession } from '../db/holder-session.ts';
import { assertSchemaCurrent } from '../db/migrate.ts';
import { ScenarioRepository } from '../db/scenario-repository.ts';
import { SECOND } from '../domain/durations.ts';
import { BEAT_EVERY, LAST_ANSWERS, LONGEST_STATEMENT, STICKY_WITHIN } from '../domain/timing.ts';
import { CodedError, isCoded } from '../domain/errors.ts';
import type { PushSender } from '../push/push-sender.ts';
import { compareClocks } from './compare-clocks.ts';
import type { Config } from './config.ts';
import { temporalLog } from './log.ts';
import { createPushFromConfig } from './push-from-config.ts';
import type { StopSignals } from './stop-signals.ts';
import { cannotListen, serveHealth } from './telemetry/health-server.ts';
import { meteredPush } from './telemetry/metered-push.ts';
import { createMetrics, prometheusOptions, type Metrics } from './telemetry/metrics.ts';
import { metricsTally } from './telemetry/metrics-tally.ts';
import { startTracing, type Tracing } from './telemetry/tracing.ts';
import { startWatching } from './telemetry/watch.ts';
import { workflowCode } from './workflow-code.ts';
import { workerVersion } from './worker-version.ts';
import { workflowLookup } from './workflow-lookup.ts';

/**
 * Activities at a time. Dispatches mostly wait for the push service, and evaluations beyond four for each other, so that
 * there is always a slot for what people wait for.
 */
const ACTIVITIES = 100;

/** As many pollers as there is work for. */
const POLLERS = { type: 'autoscaling', minimum: 1, initial: 2, maximum: 10 } as const;

/**
 * The composition root: puts the parts together and works until the first signal to stop. Then it begins nothing new,
 * goes on with what it has begun for the grace time, after that starts no further request, waits for the answers to those
 * that have left and writes them down.
 *
 * Refuses to start on a schema that is behind, without a way to Firebase, or without a Temporal server. Throws
 * E_STOPPED_HARD when the last answers could not be written in time: the next worker settles them as unknown.
 */
export async function runWorker(config: Config, log: Logger, signals: StopSignals): Promise<void> {
  const metrics = installRuntime(config, log);
  const tracing = await startTracing(process.env);
  const health = config.healthAddress ? await serveHealth(config.healthAddress) : null;
  const holder = await HolderSession.open(config.databaseUrl);
  const pool = createPool({
    url: config.databaseUrl,
    maxConnections: config.databaseConnections,
    prepare: holder.key !== null,
    statementTimeoutMs: LONGEST_STATEMENT,
  });
  const db = connect(pool, tracing?.onStatement);
  try {
    const [temporal, sender] = await Promise.all([
      connectTemporal(),
      createPushFromConfig(config.push),
      assertSchemaCurrent(db),
    ]);
    await compareClocks(db, log);
    const push = watched(sender, metrics, tracing);
    await withSearchAttributes(temporal, log);
    const connection = await NativeConnection.connect(temporalConfig().connectionOptions);
    const worker = await Worker.create({
      connection,
      namespace: temporal.namespace,
      taskQueue: TASK_QUEUE,
      ...(await workflowCode({ ...temporal.codec, tracing })),
      activities: createActivities({
        repository: new ScenarioRepository(db),
        tokens: new DeviceTokenRepository(db),
        holder,
        ...(metrics && { tally: metricsTally(metrics) }),
        push,
        clock: () => new Date(),
        log,
        settings: { ...DISPATCH_DEFAULTS, messagesPerSecond: config.messagesPerSecond },
        workflows: workflowLookup(temporal.client),
      }),
      maxConcurrentActivityTaskExecutions: ACTIVITIES,
      activityTaskPollerBehavior: POLLERS,
      workflowTaskPollerBehavior: { ...POLLERS, minimum: 2 },
      // Temporal hears of each second's beat, and not of one in four.
      maxHeartbeatThrottleInterval: BEAT_EVERY,
      maxCachedWorkflows: 500,
      stickyQueueScheduleToStartTimeout: STICKY_WITHIN,
      shutdownGraceTime: config.graceSeconds * SECOND,
      ...workerVersion(config.deployment),
    });
    const outOfTime = Promise.withResolvers<never>();
    signals.onStop((signal) => {
      log.info(
        { signal, grace_seconds: config.graceSeconds },
        'stopping: what is in flight ends first; a second signal ends it at once',
      );
      worker.shutdown();
      // The SDK's own shutdownForceTime still waits for activities that do not end.
      setTimeout(() => outOfTime.reject(stoppedHard(config)), config.graceSeconds * SECOND + LAST_ANSWERS).unref();
    });
    const watch = startWatching(config.databaseUrl, { worker, connection, pool, metrics, health, log });
    log.info({ taskQueue: TASK_QUEUE, namespace: temporal.namespace, project: push.projectId }, 'worker is ready');
    try {
      await Promise.race([worker.run(), outOfTime.promise]);
    } finally {
      await watch.stop();
    }
    await connection.close();
    await temporal.close();
    await push.close();
    log.info('worker has stopped');
    await holder.close();
    await db.destroy();
  } catch (error) {
    // Activities that were given up hold connections: whoever gets this ends the process.
    if ((error as { code?: string }).code !== 'E_STOPPED_HARD') await Promise.all([holder.close(), db.destroy()]);
    throw error;
  } finally {
    await health?.close();
    await tracing?.stop();
  }
}

/** Whoever may not even ask whether they are there goes on: somebody else has to see to it. */
async function withSearchAttributes({ connection, namespace }: TemporalClient, log: Logger): Promise<void> {
  try {
    await registerSearchAttributes(connection, namespace);
  } catch (error) {
    const status = grpcStatus(error)?.code;
    if (isCoded(error) || (status !== PERMISSION_DENIED && status !== UNIMPLEMENTED)) throw error;
    log.warn(
      { err: error },
      'search attributes cannot be listed: ask for ScenarioType (KeywordList) and EvaluationDate (Keyword)',
    );
  }
}

function stoppedHard({ graceSeconds }: Config): CodedError {
  return new CodedError(
    'E_STOPPED_HARD',
    `${graceSeconds} s of grace and ${LAST_ANSWERS / SECOND} s for the last answers were not enough, what has not been written is given up; another worker takes the batch over and treats as unknown what was begun and never decided`,
  );
}

/** First in the process: whatever touches Temporal before would make a runtime without logs and metrics. */
function installRuntime({ metricsAddress }: Config, log: Logger): Metrics | null {
  // Forwarded, or the native part would write lines of its own form to standard output.
  const logging = { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } as const;
  const options: RuntimeOptions = { logger: temporalLog(log), shutdownSignals: [], telemetryOptions: { logging } };
  if (!metricsAddress) {
    Runtime.install(options);
    return null;
  }
  try {
    Runtime.install({ ...options, telemetryOptions: { logging, ...prometheusOptions(metricsAddress) } });
  } catch (error) {
    throw cannotListen('METRICS_ADDRESS', metricsAddress, error);
  }
  return createMetrics(Runtime.instance().metricMeter);
}

function watched(sender: PushSender, metrics: Metrics | null, tracing: Tracing | null): PushSender {
  const traced = tracing ? tracing.push(sender) : sender;
  return metrics ? meteredPush(traced, metrics) : traced;
}
