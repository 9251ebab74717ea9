import { afterAll, expect, test } from '@jest/globals';
import type { PushMessage, PushSender } from '../../push/push-sender.ts';
import { startTracing } from '../../worker/telemetry/tracing.ts';

const variable = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const NOBODY = 'http://127.0.0.1:1';
const sender: PushSender = {
  projectId: 'test',
  send: async () => ({ outcome: { status: 'accepted', messageId: 'm' } }),
  validate: async () => ({ outcome: { status: 'accepted', messageId: 'm' } }),
  close: async () => {},
};
const message: PushMessage = {
  token: 't',
  notificationId: 'n',
  scenarioType: 'inactivity',
  text: { title: 'a', body: 'b' },
  timeToLiveSeconds: 60,
};

afterAll(() => {
  delete process.env[variable];
});

test('without an endpoint, or where OpenTelemetry is disabled, there is no tracing', async () => {
  expect(await startTracing({})).toBeNull();
  expect(await startTracing({ [variable]: NOBODY, OTEL_SDK_DISABLED: 'true' })).toBeNull();
});

test('a protocol that is not spoken is refused by name', async () => {
  await expect(startTracing({ [variable]: NOBODY, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).rejects.toThrow(
    /E_CONFIG.*http\/protobuf, got grpc/,
  );
});

test('a collector that is away fails neither what is traced nor its end', async () => {
  process.env[variable] = NOBODY; // OpenTelemetry reads it itself
  const tracing = (await startTracing(process.env))!;
  expect(await tracing.push(sender).send(message)).toEqual({ outcome: { status: 'accepted', messageId: 'm' } });
  await expect(tracing.stop()).resolves.toBeUndefined();
});
