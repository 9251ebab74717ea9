import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';
import type { LogEvent } from 'kysely';
import { SECOND } from '../../domain/durations.ts';
import { CodedError } from '../../domain/errors.ts';
import type { PushSender } from '../../push/push-sender.ts';
import { tracedPush } from './traced-push.ts';
import { traceStatement } from './traced-statements.ts';

export interface Tracing {
  /** For clients and workers of Temporal: carries the trace through workflows and activities. */
  readonly plugin: OpenTelemetryPlugin;
  /** What Kysely is to call after each statement. */
  readonly onStatement: (event: LogEvent) => void;
  push(sender: PushSender): PushSender;
  /** Sends what is left, if anybody takes it. */
  stop(): Promise<void>;
}

const PROTOCOL = 'http/protobuf';
const LAST_SPANS_MS = 3 * SECOND;

/**
 * Traces to wherever the standard variables say (OTEL_EXPORTER_OTLP_ENDPOINT or …_TRACES_ENDPOINT, OTEL_SERVICE_NAME,
 * OTEL_TRACES_SAMPLER and so on), which OpenTelemetry reads itself. Null, and nothing of it loaded, where they name no
 * endpoint or OTEL_SDK_DISABLED is `true`.
 *
 * Throws E_CONFIG for a protocol other than http/protobuf.
 */
export async function startTracing(env: Readonly<Record<string, string | undefined>>): Promise<Tracing | null> {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (!endpoint || env['OTEL_SDK_DISABLED'] === 'true') return null;
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || PROTOCOL;
  if (protocol !== PROTOCOL)
    throw new CodedError('E_CONFIG', `OTEL_EXPORTER_OTLP_PROTOCOL: expected ${PROTOCOL}, got ${protocol}`);

  const [api, sdk, { OTLPTraceExporter }, resources, { OpenTelemetryPlugin: Plugin }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/resources'),
    import('@temporalio/interceptors-opentelemetry'),
  ]);
  const resource = new resources.Resource({ 'service.name': 'scenario-push' }).merge(
    resources.detectResourcesSync({ detectors: [resources.envDetectorSync] }),
  );
  const spanProcessor = new sdk.BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new sdk.NodeTracerProvider({ resource, spanProcessors: [spanProcessor] });
  provider.register();
  const tracer = provider.getTracer('scenario-push');
  return {
    plugin: new Plugin({ resource, spanProcessor }),
    onStatement: (event) => traceStatement(tracer, api.SpanStatusCode.ERROR, api.context.active(), event),
    push: (sender) => tracedPush(sender, tracer),
    // A collector that is away must not fail what was traced, nor one that hangs keep what has ended.
    stop: () => Promise.race([provider.shutdown().catch(() => {}), sleep(LAST_SPANS_MS, undefined, { ref: false })]),
  };
}
