/** Google takes a field in either of protobuf's spellings; firebase-admin sends these in the second. */
type Spelled<Options> = { fcm_options?: Options; fcmOptions?: Options };

/** The parts of an FCM v1 request that the emulator looks at. */
export type SendRequest = {
  validate_only?: boolean;
  message?: {
    token?: unknown;
    fid?: unknown;
    notification?: { title?: string; body?: string };
    data?: Record<string, unknown>;
    android?: {
      ttl?: unknown;
      priority?: unknown;
      notification?: {
        tag?: string;
        title?: string;
        body?: string;
        channel_id?: unknown;
        notification_priority?: unknown;
      };
    };
    apns?: { headers?: Record<string, unknown> };
    webpush?: { headers?: Record<string, unknown>; notification?: { tag?: string } } & Spelled<{ link?: unknown }>;
  } & Spelled<{ analytics_label?: unknown; analyticsLabel?: unknown }>;
};

const maxPayloadBytes = 4096;
const maxTtlSeconds = 28 * 24 * 3600;
const maxCollapseIdBytes = 64;

/** What FCM would answer 400 for, as its message, or null. `bodyBytes` is the size of the whole request. */
export function faultOfMessage(request: SendRequest, bodyBytes: number): string | null {
  const message = request?.message;
  if (typeof message !== 'object' || message === null) return 'Invalid JSON payload received. "message" is missing.';
  const recipient = faultOfRecipient(message);
  if (recipient) return recipient;
  const notText = textMaps(message).find(([, value]) => typeof value !== 'string');
  if (notText) return `Invalid value at '${notText[0]}' (TYPE_STRING)`;

  const ttl = message.android?.ttl;
  if (ttl !== undefined) {
    const seconds = typeof ttl === 'string' && /^\d+(\.\d{1,9})?s$/.test(ttl) ? Number(ttl.slice(0, -1)) : NaN;
    if (Number.isNaN(seconds))
      return `Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), ${JSON.stringify(ttl)}`;
    if (seconds > maxTtlSeconds) return 'Invalid TTL, it must be at most 4 weeks';
  }
  const option = faultOfOptions(message);
  if (option) return option;
  const collapseId = message.apns?.headers?.['apns-collapse-id'];
  if (typeof collapseId === 'string' && Buffer.byteLength(collapseId) > maxCollapseIdBytes) {
    return `apns-collapse-id exceeds ${maxCollapseIdBytes} bytes`;
  }
  // Measured only where it can be too large: this is on the path of every message.
  if (bodyBytes > maxPayloadBytes) {
    const { token: _, fid: __, ...payload } = message;
    if (Buffer.byteLength(JSON.stringify(payload)) > maxPayloadBytes) {
      return `Android message is too big, the payload exceeds ${maxPayloadBytes} bytes`;
    }
  }
  return null;
}

/** A registration token or a Firebase installation id, which has 22 letters of base64url at most, and not both. */
function faultOfRecipient({ token, fid }: NonNullable<SendRequest['message']>): string | null {
  if (token !== undefined && fid !== undefined)
    return "Invalid value at 'message' (oneof), oneof field 'target' is already set.";
  const recipient = token ?? fid;
  if (typeof recipient !== 'string' || recipient === '') return 'Recipient of the message is not set.';
  if (fid !== undefined && !/^[\w-]{1,22}$/.test(recipient)) return 'The Firebase installation id is not valid';
  return null;
}

const androidPriorities = ['normal', 'high'];
const notificationPriorities = ['UNSPECIFIED', 'MIN', 'LOW', 'DEFAULT', 'HIGH', 'MAX'].map(
  (name) => `PRIORITY_${name}`,
);
const apnsPushTypes = [
  'alert',
  'background',
  'location',
  'voip',
  'complication',
  'fileprovider',
  'mdm',
  'liveactivity',
];

/** What says how a message is shown and counted, as FCM and, for its headers, APNs judge it. */
function faultOfOptions(message: NonNullable<SendRequest['message']>): string | null {
  const { android, apns, webpush, data } = message;
  const { channel_id: channel, notification_priority: shown } = android?.notification ?? {};
  const { 'apns-priority': urgency, 'apns-push-type': kind } = apns?.headers ?? {};
  const label = analyticsLabel(message);
  const link = (webpush?.fcm_options ?? webpush?.fcmOptions)?.link;
  const reserved = Object.keys(data ?? {}).find((key) =>
    /^(from|message_type|gcm|google|gcm\..*|google\..*)$/.test(key),
  );
  if (android?.priority !== undefined && !androidPriorities.includes(String(android.priority).toLowerCase()))
    return `Invalid value at 'message.android.priority', ${JSON.stringify(android.priority)}`;
  if (channel !== undefined && typeof channel !== 'string')
    return "Invalid value at 'message.android.notification.channel_id' (TYPE_STRING)";
  if (shown !== undefined && !notificationPriorities.includes(shown as string))
    return `Invalid value at 'message.android.notification.notification_priority', ${JSON.stringify(shown)}`;
  if (urgency !== undefined && !['1', '5', '10'].includes(urgency as string)) return 'Invalid apns-priority header';
  if (kind !== undefined && !apnsPushTypes.includes(kind as string)) return 'Invalid apns-push-type header';
  if (kind === 'background' && urgency === '10') return 'Priority 10 is invalid for background push type';
  if (label !== undefined && !(typeof label === 'string' && /^[a-zA-Z0-9\-_.~%]{1,50}$/.test(label)))
    return 'Invalid analytics_label, it must match ^[a-zA-Z0-9-_.~%]{1,50}$';
  if (link !== undefined && !(typeof link === 'string' && link.startsWith('https://') && URL.canParse(link)))
    return 'WebpushFcmOptions.link must be an HTTPS URL';
  if (reserved !== undefined) return `Invalid data payload key: ${reserved}`;
  return null;
}

function analyticsLabel(message: NonNullable<SendRequest['message']>): unknown {
  return message.fcm_options?.analytics_label ?? message.fcmOptions?.analyticsLabel;
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
    token: text(message.token) ?? text(message.fid) ?? '',
    ...(message.fid === undefined ? {} : { target: 'fid' as const }),
    notification_id: text(message.data?.['notification_id']),
    ...(typeof scenarioType === 'string' ? { scenario_type: scenarioType } : {}),
    ...optional('analytics_label', analyticsLabel(message)),
    ...optional('link', message.data?.['link']),
    ...optional('web_link', (message.webpush?.fcm_options ?? message.webpush?.fcmOptions)?.link),
    tag: text(message.android?.notification?.tag),
    apns_collapse_id: text(message.apns?.headers?.['apns-collapse-id']),
    web_tag: text(message.webpush?.notification?.tag),
    ttl: text(message.android?.ttl),
    title: text(message.notification?.title ?? message.android?.notification?.title),
    body: text(message.notification?.body ?? message.android?.notification?.body),
    validate_only: request?.validate_only === true,
  };
}

function optional(name: string, value: unknown): Record<string, string> {
  return typeof value === 'string' ? { [name]: value } : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
