import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { HOUR, MINUTE, SECOND } from '../../domain/durations.ts';
import type { Answer, FcmEmulator } from '../../local/fcm-emulator/emulator.ts';
import { createFirebaseSender } from '../../push/firebase-sender.ts';
import type { PushResult, PushSender } from '../../push/push-sender.ts';
import { startEmulator } from '../support/emulator.ts';
import { messageTo } from './message.ts';

let emulator: FcmEmulator;
let push: PushSender;
let impatient: PushSender;

beforeAll(async () => {
  emulator = await startEmulator();
  push = createFirebaseSender({ projectId: 'test', emulatorHost: emulator.address });
  impatient = createFirebaseSender({ projectId: 'test', emulatorHost: emulator.address, deadlineMs: 300 });
});
afterAll(async () => {
  await Promise.all([push.close(), impatient.close()]);
  await emulator.stop();
});

let tokens = 0;

/** Sends one message that gets this answer; with the number of requests it took. */
async function answered(answer: Answer, sender = push): Promise<PushResult & { posts: number }> {
  const token = `token-${++tokens}`;
  emulator.script(token, answer);
  const result = await sender.send(messageTo(token));
  const posts = (await emulator.ledger()).filter((entry) => entry.token === token).length;
  return { ...result, posts };
}

const rejected = (code: string, rest: { retryable?: boolean; tokenIsDead?: boolean } = {}) => ({
  status: 'rejected',
  code,
  retryable: false,
  tokenIsDead: false,
  ...rest,
});

describe('an answer of the push service', () => {
  test('200 with a name is accepted, and the name is kept', async () => {
    expect(await answered('accepted')).toEqual({
      outcome: { status: 'accepted', messageId: expect.stringMatching(/^projects\/test\/messages\/0:\d+$/) },
      posts: 1,
    });
  });

  test.each([
    ['404 UNREGISTERED', 'unregistered', 'messaging/registration-token-not-registered'],
    ['410', 'gone', 'messaging/registration-token-not-registered'],
  ] as const)('%s is a final refusal, and the token is dead', async (_, answer, code) => {
    expect(await answered(answer)).toEqual({ outcome: rejected(code, { tokenIsDead: true }), posts: 1 });
  });

  test.each([
    ['404 UNREGISTERED', 'unregistered'],
    ['410', 'gone'],
  ] as const)('%s to an installation id is a final refusal under a code of its own', async (_, answer) => {
    const fid = `cFid-${++tokens}`;
    emulator.script(fid, answer);
    const { outcome } = await push.send(messageTo(fid, { tokenKind: 'installation_id' }));
    expect(outcome).toEqual(rejected('messaging/installation-id-not-registered', { tokenIsDead: true }));
    expect((await emulator.ledger()).filter((entry) => entry.token === fid)).toMatchObject([{ target: 'fid' }]);
  });

  test('an installation id is sent to and checked as such, a registration token as a token', async () => {
    const fid = `cFid-${++tokens}`;
    const token = `${fid}:APA91`;
    for (const ask of [push.send, push.validate].map((each) => each.bind(push))) {
      expect((await ask(messageTo(fid, { tokenKind: 'installation_id' }))).outcome.status).toBe('accepted');
      expect((await ask(messageTo(token))).outcome.status).toBe('accepted');
      expect((await ask(messageTo(token, { tokenKind: 'installation_id' }))).outcome).toEqual(
        rejected('messaging/invalid-argument'),
      );
    }
    const ledger = await emulator.ledger();
    expect(ledger.filter((entry) => entry.token === fid).map((entry) => entry.target)).toEqual(['fid', 'fid']);
  });

  test.each([
    ['400', 'invalid_argument', 'messaging/invalid-argument'],
    ['403 SENDER_ID_MISMATCH', 'sender_mismatch', 'messaging/mismatched-credential'],
  ] as const)('%s is a final refusal, the token stays and the dispatch goes on', async (_, answer, code) => {
    expect(await answered(answer)).toEqual({ outcome: rejected(code), posts: 1 });
  });

  test.each([
    ['THIRD_PARTY_AUTH_ERROR: several in a row set the platform aside', 'third_party_auth', { of: 'platform' }],
    ["of the sender's own credentials: several in a row stop the sending", 'unauthenticated', {}],
  ] as const)('401 is a refusal to be tried again, the token stays; %s', async (_, answer, scope) => {
    const code = 'messaging/third-party-auth-error';
    const { trouble, ...rest } = await answered(answer);
    expect(rest).toEqual({ outcome: rejected(code, { retryable: true }), posts: 1 });
    expect(trouble).toEqual({ code, retryAfterMs: null, closes: 'in a row', ...scope });
  });

  test.each([
    ['without Retry-After asks for a minute', { answer: 'quota' }, MINUTE],
    ['with Retry-After of 7 asks for seven seconds', { answer: 'quota', retry_after: 7 }, 7 * SECOND],
    ['with Retry-After of 0 asks for no pause of its own', { answer: 'quota', retry_after: 0 }, 0],
  ] as const)('429 %s', async (_, answer, retryAfterMs) => {
    const code = 'messaging/message-rate-exceeded';
    expect(await answered(answer)).toEqual({
      outcome: rejected(code, { retryable: true }),
      trouble: { code, retryAfterMs, closes: 'at once' },
      posts: 1,
    });
  });

  test.each([
    ['500', 'internal', 'messaging/internal-error'],
    ["502 with a proxy's page", 'bad_gateway', 'messaging/unknown-error'],
    ['503', 'unavailable', 'messaging/server-unavailable'],
    ['503, though it was delivered', 'unavailable_but_delivered', 'messaging/server-unavailable'],
    ['200 with half of the JSON', 'truncated', 'messaging/unknown-error'],
    ['200 without a body', 'empty', 'messaging/unknown-error'],
    ['a connection that breaks in place of the answer', 'reset_after_accept', 'app/network-error'],
  ] as const)('%s is unknown, in exactly one request', async (_, answer, code) => {
    expect(await answered(answer)).toEqual({
      outcome: { status: 'unknown', code: expect.stringContaining(code.split('/')[1]!) },
      trouble: { code: expect.any(String), retryAfterMs: null, closes: 'in a row' },
      posts: 1,
    });
  });

  test.each([
    ['a 200 that breaks off within its body', 'cut_off'],
    ['no answer at all', 'hang'],
    ['no answer at all, though it was delivered', 'hang_but_delivered'],
  ] as const)('%s is unknown at the deadline, in exactly one request', async (_, answer) => {
    expect(await answered(answer, impatient)).toEqual({
      outcome: { status: 'unknown', code: 'app/no-answer' },
      trouble: { code: 'app/no-answer', retryAfterMs: null, closes: 'in a row' },
      posts: 1,
    });
  });

  test('that does not come within fifteen seconds is unknown by firebase-admin itself, in exactly one request', async () => {
    const result = await answered('hang');
    expect(result).toMatchObject({ outcome: { status: 'unknown', code: 'app/network-timeout' }, posts: 1 });
  });

  test('to a hundred messages at once comes to each: slow ones keep no other from its answer', async () => {
    const slow = await Promise.all(Array.from({ length: 100 }, () => answered({ answer: 'accepted', latency_ms: 50 })));
    expect(slow.every(({ outcome, posts }) => outcome.status === 'accepted' && posts === 1)).toBe(true);
  });

  test('reaches a message that waited for a free connection longer than its deadline', async () => {
    const narrow = createFirebaseSender({
      projectId: 'test',
      emulatorHost: emulator.address,
      deadlineMs: 1_500,
      maxSockets: 1,
    });
    const all = await Promise.all(
      Array.from({ length: 5 }, () => answered({ answer: 'accepted', latency_ms: 400 }, narrow)),
    );
    expect(all.map(({ outcome }) => outcome.status)).toEqual(Array(5).fill('accepted'));
    await narrow.close();
  });
});

test('503 makes exactly one request: firebase-admin would make five, each a notification that nobody knows of', async () => {
  const before = (await emulator.ledger()).length;
  await answered('unavailable');
  await answered('reset_after_accept');
  expect(await emulator.ledger()).toHaveLength(before + 2);
});

describe('a quota answer by HTTP date', () => {
  test.each([
    ['an hour ahead of the answer asks for an hour', 'Fri, 20 Nov 2026 10:00:00 GMT', HOUR],
    ['at the time of the answer asks for no pause of its own', 'Fri, 20 Nov 2026 09:00:00 GMT', 0],
    ['in the past asks for a minute', 'Fri, 20 Nov 2026 08:59:59 GMT', MINUTE],
    ['that nobody can read asks for a minute', 'soon', MINUTE],
  ])('%s', async (_, retryAfter, retryAfterMs) => {
    const body = JSON.stringify({
      error: {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        message: 'Quota',
        details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'QUOTA_EXCEEDED' }],
      },
    });
    const server = await rawServer((socket) =>
      socket.end(
        `HTTP/1.1 429 Too Many Requests\r\nDate: Fri, 20 Nov 2026 09:00:00 GMT\r\nRetry-After: ${retryAfter}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      ),
    );
    expect((await server.send()).trouble).toEqual({
      code: 'messaging/message-rate-exceeded',
      retryAfterMs,
      closes: 'at once',
    });
    await server.close();
  });
});

describe('without an answer', () => {
  test('a refused connection is no attempt at all: to be tried again, and the dispatch stops', async () => {
    const server = await rawServer(() => {});
    await server.stopListening();
    expect(await server.send()).toEqual({
      outcome: rejected('app/no-connection', { retryable: true }),
      trouble: { code: 'app/no-connection', retryAfterMs: null, closes: 'at once' },
    });
    await server.close();
  });

  test('a host that nobody knows is the same', async () => {
    const lost = createFirebaseSender({ projectId: 'test', emulatorHost: 'nowhere.localhost:9' });
    const result = await lost.send(messageTo('token-lost'));
    expect(result.outcome).toEqual(rejected('app/no-connection', { retryable: true }));
    await lost.close();
  });

  test('a connection that breaks while the answer is awaited is unknown', async () => {
    const server = await rawServer((socket) => socket.resetAndDestroy());
    expect((await server.send()).outcome).toEqual({ status: 'unknown', code: 'app/network-error' });
    expect(server.requests()).toBe(1);
    await server.close();
  });

  test('a connection that ends politely instead of the answer is unknown', async () => {
    const server = await rawServer((socket) => socket.end());
    expect((await server.send()).outcome).toMatchObject({ status: 'unknown' });
    expect(server.requests()).toBe(1);
    await server.close();
  });
});

test('no error says the token', async () => {
  const token = 'secret-device-token';
  for (const answer of [
    'unregistered',
    'invalid_argument',
    'third_party_auth',
    'quota',
    'internal',
    'bad_gateway',
    'truncated',
    'reset_after_accept',
  ] as const) {
    emulator.script(token, answer);
    expect(JSON.stringify(await push.send(messageTo(token)))).not.toContain(token);
  }
});

test('a dry run is validated, answered alike, and never delivered', async () => {
  emulator.script('token-dry-dead', 'unregistered');
  expect((await push.validate(messageTo('token-dry-dead'))).outcome).toMatchObject({ tokenIsDead: true });
  expect((await push.validate(messageTo('token-dry'))).outcome).toMatchObject({ status: 'accepted' });
  expect((await emulator.ledger()).find((entry) => entry.token === 'token-dry')).toMatchObject({
    validate_only: true,
    delivered: false,
  });
});

describe('an emulator host', () => {
  test.each([
    'localhost',
    '127.0.0.1:',
    ':9099',
    '127.0.0.1:99999',
    'http://127.0.0.1:9099',
    '127.0.0.1:9099/path',
    'a b:1',
  ])('"%s" is refused, with what was expected', (emulatorHost) => {
    expect(() => createFirebaseSender({ projectId: 'test', emulatorHost })).toThrow(
      'E_EMULATOR_HOST: expected host:port',
    );
  });

  test.each(['127.0.0.1:9099', 'localhost:1', '[::1]:9099'])('"%s" is taken', async (emulatorHost) => {
    await createFirebaseSender({ projectId: 'test', emulatorHost }).close();
  });
});

/** A server that answers each request by hand. */
async function rawServer(answer: (socket: Socket) => void) {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      requests++;
      answer(socket);
    });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const sender = createFirebaseSender({ projectId: 'test', emulatorHost: `127.0.0.1:${port}` });
  const stopListening = () => new Promise<void>((done) => void server.close(() => done()));
  return {
    send: () => sender.send(messageTo('token-raw')),
    requests: () => requests,
    stopListening,
    close: async () => {
      await sender.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await stopListening();
    },
  };
}
