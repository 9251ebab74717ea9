import type { DeviceOutcome } from '../domain/outcome.ts';
import { MINUTE, SECOND } from '../domain/durations.ts';
import type { PushResult } from './push-sender.ts';

/** What firebase-admin 14 attaches to an error, as far as it is read here. */
interface SendFailure {
  readonly code?: string;
  readonly message?: string;
  readonly cause?: unknown;
  readonly httpResponse?: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, unknown>>;
    readonly data?: unknown;
  };
}

/** FCM asks for a minute at least where it names no time. */
const QUOTA_PAUSE = MINUTE;

const QUOTA = new Set([
  'messaging/message-rate-exceeded',
  'messaging/device-message-rate-exceeded',
  'messaging/topics-message-rate-exceeded',
]);

const NO_CONNECTION_CODE = 'app/no-connection';

/** Nothing reached the service: there was no connection. */
const NO_CONNECTION = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * What an error of firebase-admin's `send()` says about the message: the table in docs/delivery.md, a test a row.
 * An error that is not listed is unknown: it may have been sent.
 */
export function classifyFailure(error: unknown): PushResult {
  const failure = (error ?? {}) as SendFailure;
  const code = failure.code ?? 'no-code';
  const asked = retryAfter(failure);
  const outcome = outcomeOf(code, failure);
  if (QUOTA.has(code)) return { outcome, trouble: { code, retryAfterMs: asked ?? QUOTA_PAUSE, closes: 'at once' } };
  if (asked !== null) return { outcome, trouble: { code, retryAfterMs: asked, closes: 'at once' } };
  if (outcome.status === 'rejected' && outcome.code === NO_CONNECTION_CODE) {
    return { outcome, trouble: { code: NO_CONNECTION_CODE, retryAfterMs: null, closes: 'at once' } };
  }
  const isTrouble = outcome.status === 'unknown' || (outcome.status === 'rejected' && outcome.retryable);
  if (!isTrouble) return { outcome };
  const trouble = { code, retryAfterMs: null, closes: 'in a row' } as const;
  return { outcome, trouble: isOfPlatform(failure) ? { ...trouble, of: 'platform' } : trouble };
}

/** firebase-admin has one code for credentials that Apple or a web push service refuses and for those that Google does. */
function isOfPlatform({ httpResponse }: SendFailure): boolean {
  const { error } = (httpResponse?.data ?? {}) as { error?: { details?: readonly { errorCode?: unknown }[] } };
  return Array.isArray(error?.details) && error.details.some((each) => each?.errorCode === 'THIRD_PARTY_AUTH_ERROR');
}

function outcomeOf(code: string, failure: SendFailure): DeviceOutcome {
  switch (code) {
    case 'messaging/registration-token-not-registered':
    case 'messaging/installation-id-not-registered':
      return rejected(code, { tokenIsDead: true });
    case 'messaging/invalid-argument':
    case 'messaging/invalid-payload':
    case 'messaging/invalid-recipient':
    case 'messaging/mismatched-credential':
      return rejected(code);
    case 'messaging/third-party-auth-error':
    case 'messaging/authentication-error':
    case 'app/invalid-credential':
      return rejected(code, { retryable: true });
    default:
      if (QUOTA.has(code)) return rejected(code, { retryable: true });
      if (failure.httpResponse?.status === 410) return rejected(code, { tokenIsDead: true });
      if (hadNoConnection(failure)) return rejected(NO_CONNECTION_CODE, { retryable: true });
      return { status: 'unknown', code };
  }
}

function rejected(code: string, { retryable = false, tokenIsDead = false } = {}): DeviceOutcome {
  return { status: 'rejected', code, retryable, tokenIsDead };
}

/** The SDK's code is the same for a refused connection and for one that broke: the cause tells them apart. */
function hadNoConnection(failure: SendFailure): boolean {
  for (let cause: unknown = failure, depth = 0; cause && depth < 5; depth++) {
    const {
      code,
      syscall,
      message,
      errors,
      cause: next,
    } = cause as {
      code?: unknown;
      syscall?: unknown;
      message?: unknown;
      errors?: unknown;
      cause?: unknown;
    };
    // A connection that was made may break with the same code, while its answer is read.
    if (typeof code === 'string' && NO_CONNECTION.has(code)) return syscall !== 'read' && syscall !== 'write';
    if (Array.isArray(errors) && errors.length > 0) {
      return errors.every((each) => NO_CONNECTION.has((each as { code?: string }).code ?? ''));
    }
    if (typeof message === 'string' && /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)\b/.test(message)) return true;
    cause = next;
  }
  return false;
}

/** Seconds, or an HTTP date as the answer's own clock has it; milliseconds, or null where the header is absent or cannot be read. */
function retryAfter(failure: SendFailure): number | null {
  const headers = failure.httpResponse?.headers ?? {};
  const header = headers['retry-after'] ?? headers['Retry-After'];
  if (header === undefined || header === null) return null;
  const text = String(header).trim();
  if (/^\d+$/.test(text)) return Number(text) * SECOND;
  const wait = Date.parse(text) - Date.parse(String(headers['date'] ?? headers['Date'] ?? ''));
  return Number.isFinite(wait) && wait >= 0 ? wait : null;
}
