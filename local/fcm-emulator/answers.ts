import type { ServerResponse } from 'node:http';

/**
 * What the emulator can do with a message. `delivered` is the truth that the sender cannot see: whether a
 * device would have shown it.
 */
export const answers = {
  accepted: { delivered: true },
  unregistered: { delivered: false },
  gone: { delivered: false },
  invalid_argument: { delivered: false },
  third_party_auth: { delivered: false },
  /** The sender's own credentials are refused. */
  unauthenticated: { delivered: false },
  sender_mismatch: { delivered: false },
  quota: { delivered: false },
  internal: { delivered: false },
  /** A proxy's HTML page. */
  bad_gateway: { delivered: false },
  unavailable: { delivered: false },
  unavailable_but_delivered: { delivered: true },
  /** The connection breaks in place of the answer. */
  reset_after_accept: { delivered: true },
  /** 200, and half of the JSON. */
  truncated: { delivered: true },
  /** 200, and the connection breaks within the body. firebase-admin 14.5.1 then never settles `send()`. */
  cut_off: { delivered: true },
  /** 200 without a body. */
  empty: { delivered: true },
  /** No answer, ever. */
  hang: { delivered: false },
  hang_but_delivered: { delivered: true },
} as const satisfies Record<string, { delivered: boolean }>;

export type AnswerName = keyof typeof answers;

export type FullAnswer = {
  answer: AnswerName;
  /** Seconds for Retry-After, which is absent otherwise. */
  retry_after?: number;
  /** Milliseconds before this answer goes out. */
  latency_ms?: number;
  /** What `invalid_argument` says in place of its own message: the real one may repeat what it was sent. */
  says?: string;
};

/** A name alone, or with more. */
export type Answer = AnswerName | FullAnswer;

export function fullAnswer(answer: Answer): FullAnswer {
  return typeof answer === 'string' ? { answer } : answer;
}

/** What is wrong with something that should be an Answer, or null. */
export function faultOfAnswer(value: unknown): string | null {
  const full = (typeof value === 'string' ? { answer: value } : value) as Partial<FullAnswer> | null;
  if (typeof full !== 'object' || full === null) return `${JSON.stringify(value)} is no answer`;
  if (typeof full.answer !== 'string' || !Object.hasOwn(answers, full.answer)) {
    return `unknown answer ${JSON.stringify(full.answer)}, expected one of ${Object.keys(answers).join(', ')}`;
  }
  const unknown = Object.keys(full).find((key) => !['answer', 'retry_after', 'latency_ms', 'says'].includes(key));
  if (unknown) return `unknown field ${unknown}`;
  const bad = (['retry_after', 'latency_ms'] as const).find(
    (key) => full[key] !== undefined && !(Number(full[key]) >= 0),
  );
  return bad ? `${bad} must be a number ≥ 0` : null;
}

/** Writes the answer as FCM does. */
export function sendAnswer(res: ServerResponse, answer: FullAnswer, messageName: string): void {
  if (answer.retry_after !== undefined) res.setHeader('retry-after', String(answer.retry_after));
  switch (answer.answer) {
    case 'accepted':
      return sendJson(res, 200, { name: messageName });
    case 'unregistered':
      return sendError(res, 404, 'NOT_FOUND', 'Requested entity was not found.', 'UNREGISTERED');
    case 'gone':
      return sendError(res, 410, 'NOT_FOUND', 'Requested entity is gone.', 'UNREGISTERED');
    case 'invalid_argument':
      return sendInvalid(res, answer.says ?? 'The registration token is not a valid FCM registration token');
    case 'third_party_auth':
      return sendError(
        res,
        401,
        'UNAUTHENTICATED',
        'Auth error from APNS or Web Push Service',
        'THIRD_PARTY_AUTH_ERROR',
      );
    case 'unauthenticated':
      return sendError(res, 401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    case 'sender_mismatch':
      return sendError(res, 403, 'PERMISSION_DENIED', 'SenderId mismatch', 'SENDER_ID_MISMATCH');
    case 'quota':
      return sendError(
        res,
        429,
        'RESOURCE_EXHAUSTED',
        "Quota exceeded for quota metric 'Sending requests'.",
        'QUOTA_EXCEEDED',
      );
    case 'internal':
      return sendError(res, 500, 'INTERNAL', 'Internal error encountered.', 'INTERNAL');
    case 'bad_gateway':
      return send(
        res,
        502,
        'text/html; charset=UTF-8',
        '<!DOCTYPE html><html><title>Error 502 (Server Error)!!1</title></html>',
      );
    case 'unavailable':
    case 'unavailable_but_delivered':
      return sendError(res, 503, 'UNAVAILABLE', 'The service is currently unavailable.', 'UNAVAILABLE');
    case 'reset_after_accept':
      res.socket?.resetAndDestroy();
      return;
    case 'truncated': {
      const body = JSON.stringify({ name: messageName });
      return send(res, 200, 'application/json; charset=UTF-8', body.slice(0, body.length >> 1));
    }
    case 'cut_off': {
      const body = JSON.stringify({ name: messageName });
      res.writeHead(200, { 'content-type': 'application/json; charset=UTF-8', 'content-length': body.length });
      res.write(body.slice(0, body.length >> 1), () => res.socket?.destroy());
      return;
    }
    case 'empty':
      return send(res, 200, 'application/json; charset=UTF-8', '');
    case 'hang':
    case 'hang_but_delivered':
      return;
  }
}

/** Google's shape of an error; firebase-admin reads `details[].errorCode`, else `status`. */
export function sendError(
  res: ServerResponse,
  code: number,
  status: string,
  message: string,
  errorCode?: string,
): void {
  const details = errorCode
    ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }]
    : undefined;
  sendJson(res, code, { error: { code, message, status, ...(details && { details }) } });
}

export function sendInvalid(res: ServerResponse, message: string): void {
  sendError(res, 400, 'INVALID_ARGUMENT', message, 'INVALID_ARGUMENT');
}

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  send(res, status, 'application/json; charset=UTF-8', JSON.stringify(body));
}

function send(res: ServerResponse, status: number, type: string, body: string): void {
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  res.end(body);
}
