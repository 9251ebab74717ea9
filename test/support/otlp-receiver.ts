import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mustClose } from './leaks.ts';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly service: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Everything about it that was sent, for a search. */
  readonly text: string;
}

export interface OtlpReceiver {
  /** As OTEL_EXPORTER_OTLP_ENDPOINT takes it. */
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  stop(): Promise<void>;
}

interface RawSpan {
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId?: Uint8Array;
  name: string;
  attributes: RawAttribute[];
}
interface RawAttribute {
  key: string;
  value: Record<string, unknown>;
}
interface RawRequest {
  resourceSpans: { resource: { attributes: RawAttribute[] }; scopeSpans: { spans: RawSpan[] }[] }[];
}
interface Decoder {
  decode(bytes: Uint8Array): RawRequest;
}

/** An OTLP/HTTP collector that keeps what it gets. OpenTelemetry's own schema decodes it. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const closed = mustClose('OTLP receiver (call stop() in afterAll)');
  const root = (await import('@opentelemetry/otlp-transformer/build/src/generated/root.js' as string)) as {
    default: { opentelemetry: { proto: { collector: { trace: { v1: { ExportTraceServiceRequest: Decoder } } } } } };
  };
  const { ExportTraceServiceRequest } = root.default.opentelemetry.proto.collector.trace.v1;
  const spans: ReceivedSpan[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/v1/traces')
        spans.push(...received(ExportTraceServiceRequest.decode(Buffer.concat(chunks))));
      response.writeHead(request.url === '/v1/traces' ? 200 : 404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      closed();
    },
  };
}

function received({ resourceSpans }: RawRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId ?? new Uint8Array()),
        name: span.name,
        service: String(plain(resource.attributes)['service.name']),
        attributes: plain(span.attributes),
        text: JSON.stringify([resource, span]),
      })),
    ),
  );
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function plain(attributes: RawAttribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value['stringValue'] ?? value['intValue'] ?? value['boolValue'] ?? value['doubleValue'],
    ]),
  );
}
