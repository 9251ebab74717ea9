/** The parts of an FCM v1 request that the emulator looks at. */
export type SendRequest = {
  validate_only?: boolean;
  message?: {
    token?: unknown;
    notification?: { title?: string; body?: string };
    data?: Record<string, unknown>;
    android?: { ttl?: unknown; notification?: { tag?: string; title?: string; body?: string } };
    apns?: { headers?: Record<string, unknown> };
    webpush?: { headers?: Record<string, unknown>; notification?: { tag?: string } };
  };
};

const maxPayloadBytes = 4096;
const maxTtlSeconds = 28 * 24 * 3600;
const maxCollapseIdBytes = 64;

/** What FCM would answer 400 for, as its message, or null. `bodyBytes` is the size of the whole request. */
export function faultOfMessage(request: SendRequest, bodyBytes: number): string | null {
  const message = request?.message;
  if (typeof message !== 'object' || message === null) return 'Invalid JSON payload received. "message" is missing.';
  if (typeof message.token !== 'string' || message.token === '') {
    return 'Recipient of the message is not set.';
  }
  const notText = textMaps(message).find(([, value]) => typeof value !== 'string');
  if (notText) return `Invalid value at '${notText[0]}' (TYPE_STRING)`;

  const ttl = message.android?.ttl;
  if (ttl !== undefined) {
    const seconds = typeof ttl === 'string' && /^\d+(\.\d{1,9})?s$/.test(ttl) ? Number(ttl.slice(0, -1)) : NaN;
    if (Number.isNaN(seconds))
      return `Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), ${JSON.stringify(ttl)}`;
    if (seconds > maxTtlSeconds) return 'Invalid TTL, it must be at most 4 weeks';
  }
  const collapseId = message.apns?.headers?.['apns-collapse-id'];
  if (typeof collapseId === 'string' && Buffer.byteLength(collapseId) > maxCollapseIdBytes) {
    return `apns-collapse-id exceeds ${maxCollapseIdBytes} bytes`;
  }
  // Measured only where it can be too large: this is on the path of every message.
  if (bodyBytes > maxPayloadBytes) {
    const { token: _, ...payload } = message;
    if (Buffer.byteLength(JSON.stringify(payload)) > maxPayloadBytes) {
      return `Android message is too big, the payload exceeds ${maxPayloadBytes} bytes`;
    }
  }
  return null;
}

function textMaps(message: NonNullable<SendRequest['message']>): [string, unknown][] {
  const maps = {
    'message.data': message.data,
    'message.apns.headers': message.apns?.headers,
    'message.webpush.headers': message.webpush?.headers,
  };
  return Object.entries(maps).flatMap(([path, map]) =>
    Object.entries(map ?? {}).map(([key, value]): [string, unknown] => [`${path}[${key}]`, value]),
  );
}

/** The fields of a ledger line that come from the message. */
export function describeMessage(request: SendRequest) {
  const message = request?.message ?? {};
  const scenarioType = message.data?.['scenario_type'];
  return {
    token: text(message.token) ?? '',
    notification_id: text(message.data?.['notification_id']),
    ...(typeof scenarioType === 'string' ? { scenario_type: scenarioType } : {}),
    tag: text(message.android?.notification?.tag),
    apns_collapse_id: text(message.apns?.headers?.['apns-collapse-id']),
    web_tag: text(message.webpush?.notification?.tag),
    ttl: text(message.android?.ttl),
    title: text(message.notification?.title ?? message.android?.notification?.title),
    body: text(message.notification?.body ?? message.android?.notification?.body),
    validate_only: request?.validate_only === true,
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
