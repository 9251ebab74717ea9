import { Agent } from 'node:https';
import { connect } from 'node:net';
// oxlint-disable-next-line no-restricted-imports -- the one file that runs firebase-admin
import { applicationDefault, deleteApp, initializeApp, type App, type Credential } from 'firebase-admin/app';
// oxlint-disable-next-line no-restricted-imports -- the one file that runs firebase-admin
import { getMessaging, type Messaging } from 'firebase-admin/messaging';
import pLimit, { type LimitFunction } from 'p-limit';
import { ANSWER_DEADLINE } from '../domain/timing.ts';
import { CodedError } from '../domain/errors.ts';
import { classifyFailure } from './classify-failure.ts';
import { fcmMessage } from './fcm-message.ts';
import type { PushMessage, PushResult, PushSender } from './push-sender.ts';

export interface FirebaseSenderOptions {
  readonly projectId: string;
  /** `host:port` of an FCM emulator, spoken to over plain HTTP and without credentials; absent = Google's. */
  readonly emulatorHost?: string | undefined;
  /** Connections to the service at most, and so requests in flight. @default 200: twice what a worker's window lets out */
  readonly maxSockets?: number;
  /**
   * Milliseconds after which a message without an answer counts as unknown. firebase-admin's own time-out is 15 s, but
   * an answer that breaks off within its body never settles its `send()`: this ends the waiting. @default 20_000
   */
  readonly deadlineMs?: number;
}

/** `messaging()` keeps its request handler private; see {@link disableHiddenRetries}. */
interface RetryingMessaging {
  messagingRequestHandler?: { httpClient?: { retry?: { maxRetries?: number } | null } };
}

/** Tells apps of one process apart: tests and long-lived processes make several. */
let apps = 0;

/** The real service, or an emulator of it, through firebase-admin: the only file that knows it. */
export function createFirebaseSender(options: FirebaseSenderOptions): PushSender {
  const { app, messaging, httpAgent } = connectMessaging(options);
  return new FirebaseSender(options.projectId, app, messaging, httpAgent, options.deadlineMs ?? ANSWER_DEADLINE);
}

/** What the sender sends with: firebase-admin's own, for a benchmark to compare with. The caller deletes the app. */
export function connectMessaging(options: FirebaseSenderOptions): { app: App; messaging: Messaging; httpAgent: Agent } {
  const { projectId, emulatorHost, maxSockets = 200 } = options;
  const httpAgent = emulatorHost
    ? new PlainHttpAgent(parseHost(emulatorHost), maxSockets)
    : new Agent({ keepAlive: true, maxSockets });
  const app = initializeApp(
    { projectId, credential: emulatorHost ? emulatorCredential : applicationDefault(httpAgent), httpAgent },
    `scenario-push-${++apps}`,
  );
  const messaging = getMessaging(app);
  disableHiddenRetries(messaging);
  return { app, messaging, httpAgent };
}

class FirebaseSender implements PushSender {
  readonly projectId: string;
  readonly #app: App;
  readonly #messaging: Messaging;
  readonly #agent: Agent;
  readonly #deadlineMs: number;

  /** As many as there are sockets: a message that waits for one in the agent would meet its deadline unsent. */
  readonly #inFlight: LimitFunction;

  constructor(projectId: string, app: App, messaging: Messaging, agent: Agent, deadlineMs: number) {
    this.projectId = projectId;
    this.#app = app;
    this.#messaging = messaging;
    this.#agent = agent;
    this.#deadlineMs = deadlineMs;
    this.#inFlight = pLimit(agent.maxSockets);
  }

  send(message: PushMessage): Promise<PushResult> {
    return this.#send(message, false);
  }

  validate(message: PushMessage): Promise<PushResult> {
    return this.#send(message, true);
  }

  async close(): Promise<void> {
    await deleteApp(this.#app);
    this.#agent.destroy();
  }

  #send(message: PushMessage, dryRun: boolean): Promise<PushResult> {
    return this.#inFlight(() => this.#ask(message, dryRun));
  }

  /** Ends at the deadline, whatever firebase-admin does. */
  async #ask(message: PushMessage, dryRun: boolean): Promise<PushResult> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<PushResult>((resolve) => {
      timer = setTimeout(() => resolve(unknown('app/no-answer')), this.#deadlineMs);
    });
    return Promise.race([this.#answer(message, dryRun), deadline]).finally(() => clearTimeout(timer));
  }

  async #answer(message: PushMessage, dryRun: boolean): Promise<PushResult> {
    try {
      const messageId = await this.#messaging.send(fcmMessage(message, new Date()), dryRun);
      // A 200 that names no message was cut short or is not FCM's: it says nothing of what became of it.
      return typeof messageId === 'string' && messageId !== ''
        ? { outcome: { status: 'accepted', messageId } }
        : unknown('no-message-name');
    } catch (error) {
      return classifyFailure(error);
    }
  }
}

function unknown(code: string): PushResult {
  return { outcome: { status: 'unknown', code }, trouble: { code, retryAfterMs: null, closes: 'in a row' } };
}

/**
 * firebase-admin repeats a request up to four times on 503, resets and time-outs, within one `send()`: each may be a
 * second notification that nobody knows of. There is no option for it (firebase-admin-node issues 1248, 1900, 1947), so
 * this reaches for a private field; the version is pinned and a contract test counts the requests.
 */
function disableHiddenRetries(messaging: Messaging): void {
  const retry = (messaging as unknown as RetryingMessaging).messagingRequestHandler?.httpClient?.retry;
  if (typeof retry?.maxRetries !== 'number') {
    throw new CodedError(
      'E_FIREBASE_VERSION',
      'this firebase-admin keeps its retries elsewhere, they cannot be switched off',
      { fix: 'install the version in package.json' },
    );
  }
  retry.maxRetries = 0;
}

const emulatorCredential: Credential = {
  getAccessToken: async () => ({ access_token: 'emulator', expires_in: 3_600 }),
};

/** firebase-admin always asks for https://fcm.googleapis.com: this takes the request to the emulator instead. */
class PlainHttpAgent extends Agent {
  readonly #target: { host: string; port: number };

  constructor(target: { host: string; port: number }, maxSockets: number) {
    super({ keepAlive: true, maxSockets });
    this.#target = target;
  }

  override createConnection() {
    return connect({ ...this.#target, noDelay: true });
  }
}

function parseHost(hostAndPort: string): { host: string; port: number } {
  const url = URL.canParse(`http://${hostAndPort}`) ? new URL(`http://${hostAndPort}`) : null;
  if (!url?.port || url.pathname !== '/') {
    throw new CodedError('E_EMULATOR_HOST', `expected host:port, for example 127.0.0.1:9099, got "${hostAndPort}"`);
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) };
}

/**
 * Whether the platform's default credentials (GOOGLE_APPLICATION_CREDENTIALS, or those of the machine) give access.
 * Null, or why not. Takes five seconds at most: a machine outside Google's cloud has nobody who answers.
 */
export async function credentialsFault(): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('no answer within 5 seconds'), 5_000);
  });
  const token = applicationDefault()
    .getAccessToken()
    .then(() => null)
    .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  return Promise.race([token, tooLong]).finally(() => clearTimeout(timer));
}
