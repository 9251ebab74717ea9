import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodedError } from '../../domain/errors.ts';
import { answers, sendAnswer, sendError, sendInvalid, sendJson, type Answer, type AnswerName } from './answers.ts';
import { Answers, type Faults } from './faults.ts';
import { Ledger, type LedgerEntry } from './ledger.ts';
import { describeMessage, faultOfMessage, type SendRequest } from './message.ts';

export type { Answer, AnswerName, Faults, LedgerEntry };

export type FcmEmulatorOptions = {
  /** @default a free one */
  port?: number;
  /** JSON lines; an existing one is continued. @default in memory */
  ledgerFile?: string;
  /** Milliseconds from a message's arrival to its answer. @default 0 */
  latencyMs?: number;
};

export type FcmEmulator = {
  /** `127.0.0.1:port`, for FIREBASE_MESSAGING_EMULATOR_HOST. */
  address: string;
  ledger(): Promise<LedgerEntry[]>;
  /** The next messages to this token get these answers in turn, then `accepted` again. */
  script(token: string, ...answers: Answer[]): void;
  /** Null ends them. */
  faults(faults: Faults | null): void;
  stop(): Promise<void>;
};

const sendPath = /^\/v1\/projects\/([^/]+)\/messages:send(?:\?|$)/;
const maxRequestBytes = 1 << 20;

/**
 * Firebase Cloud Messaging as far as a sender can tell, over plain HTTP on loopback; faults are scripted per token or
 * drawn by seed. Each POST is in the ledger before it is answered.
 *
 * Throws E_PORT_TAKEN, and what the file system says about the ledger.
 */
export async function startFcmEmulator(options: FcmEmulatorOptions = {}): Promise<FcmEmulator> {
  const ledger = new Ledger(options.ledgerFile);
  const choice = new Answers();
  const server = createServer((req, res) => {
    // A client that goes away is no fault of the emulator.
    res.on('error', () => {});
    handle(req, res, ledger, choice, options.latencyMs ?? 0).catch((error: unknown) => {
      if (!res.headersSent) sendError(res, 500, 'INTERNAL', String(error));
      else res.destroy();
    });
  });
  // A server that closes idle connections resets, now and then, a request that is just going out on one:
  // the sender would have to call that unknown.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await listen(server, options.port ?? 0).catch((error: unknown) => {
    ledger.close();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  return {
    address: `127.0.0.1:${port}`,
    ledger: () => ledger.entries(),
    script: (token, ...list) => choice.script(token, list),
    faults: (faults) => choice.setFaults(faults),
    stop: () => (stopped ??= close(server, ledger)),
  };
}

async function handle(
  req: IncomingMessage,
  res: ServerResponse,
  ledger: Ledger,
  choice: Answers,
  latencyMs: number,
): Promise<void> {
  const url = req.url ?? '/';
  const project = sendPath.exec(url)?.[1];
  if (project !== undefined && req.method === 'POST') {
    const body = await read(req);
    if (body === null) return sendInvalid(res, 'Request payload size exceeds the limit.');
    return receive(req, res, decodeURIComponent(project), body, ledger, choice, latencyMs);
  }
  switch (`${req.method} ${url}`) {
    case 'GET /emulator/health':
      return sendJson(res, 200, { status: 'ok', pid: process.pid, posts: ledger.size });
    case 'GET /emulator/ledger':
      res.writeHead(200, { 'content-type': 'application/x-ndjson' });
      ledger
        .stream()
        .on('error', () => res.destroy())
        .pipe(res);
      return;
    case 'PUT /emulator/scripts':
      return command<{ token: string; answers: Answer[] }>(req, res, ({ token, answers: list }) => {
        if (typeof token !== 'string' || !Array.isArray(list))
          throw new TypeError('expected {"token": text, "answers": [...]}');
        choice.script(token, list);
      });
    case 'DELETE /emulator/scripts':
      choice.clearScripts();
      return sendJson(res, 200, {});
    case 'PUT /emulator/faults':
      return command<Faults>(req, res, (faults) => choice.setFaults(faults));
    case 'DELETE /emulator/faults':
      choice.setFaults(null);
      return sendJson(res, 200, {});
    default:
      return sendError(res, 404, 'NOT_FOUND', `There is no ${req.method} ${url} here.`);
  }
}

function receive(
  req: IncomingMessage,
  res: ServerResponse,
  project: string,
  body: Buffer,
  ledger: Ledger,
  choice: Answers,
  latencyMs: number,
): void {
  const at = new Date().toISOString();
  let request: SendRequest = {};
  let fault: string | null;
  try {
    request = JSON.parse(body.toString('utf8')) as SendRequest;
    fault = faultOfMessage(request, body.length);
  } catch {
    fault = 'Invalid JSON payload received.';
  }
  const described = describeMessage(request);
  const authorised = /^Bearer ./.test(req.headers.authorization ?? '');
  const refusal: AnswerName | null = !authorised ? 'unauthenticated' : fault !== null ? 'invalid_argument' : null;
  const answer = refusal ? { answer: refusal } : choice.next(described.token, described.notification_id);
  const seq = ledger.nextSeq();
  const entry: LedgerEntry = {
    at,
    seq,
    project,
    ...described,
    answer: answer.answer,
    delivered: answers[answer.answer].delivered && !described.validate_only,
  };
  ledger.append(entry, (error) => {
    const reply = (): void => {
      if (error)
        return sendError(
          res,
          500,
          'INTERNAL',
          new CodedError('E_LEDGER_WRITE', `the emulator cannot write its ledger: ${error.message}`).message,
        );
      if (!authorised) {
        return sendError(res, 401, 'UNAUTHENTICATED', 'Request is missing required authentication credential.');
      }
      if (fault !== null) return sendInvalid(res, fault);
      sendAnswer(
        res,
        answer,
        `projects/${project}/messages/${described.validate_only ? 'fake_message_id' : `0:${seq}`}`,
      );
    };
    const wait = answer.latency_ms ?? latencyMs;
    if (wait > 0) setTimeout(reply, wait).unref();
    else reply();
  });
}

/** Null when it is too large. */
async function read(req: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxRequestBytes) chunks.push(chunk);
  }
  if (size > maxRequestBytes) return null;
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

async function command<T>(req: IncomingMessage, res: ServerResponse, work: (body: T) => void): Promise<void> {
  try {
    work(JSON.parse((await read(req))?.toString('utf8') ?? '') as T);
  } catch (error) {
    return sendInvalid(res, error instanceof Error ? error.message : String(error));
  }
  sendJson(res, 200, {});
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      fail(
        cause.code === 'EADDRINUSE'
          ? new CodedError('E_PORT_TAKEN', `port ${port} is taken`, {
              fix: 'stop what listens there or choose another port',
              cause,
            })
          : cause,
      ),
    );
    server.listen(port, '127.0.0.1', () => done());
  });
}

function close(server: Server, ledger: Ledger): Promise<void> {
  return new Promise((done) => {
    server.close(() => {
      ledger.close();
      done();
    });
    server.closeAllConnections(); // also those that are left hanging on purpose
  });
}
