import { appendFileSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FcmEmulator, LedgerEntry } from '../../local/fcm-emulator/emulator.ts';
import { startFcmEmulatorProcess } from '../../local/fcm-emulator/process.ts';
import { startEmulator } from '../support/emulator.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';
import { startProcess } from '../support/processes.ts';

const main = resolve(import.meta.dirname, '../../local/fcm-emulator/main.ts');

let emulator: FcmEmulator;
let folder: TestFolder;

beforeAll(() => {
  folder = createFolder();
});
afterAll(() => folder.remove());
beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.stop());

test('a message is answered with its name and is in the ledger with all that identifies it', async () => {
  const { status, json } = await send(emulator.address, message('device-1'));

  expect(status).toBe(200);
  expect(json).toEqual({ name: expect.stringMatching(/^projects\/demo\/messages\/./) });
  expect(await emulator.ledger()).toEqual([
    {
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      seq: 1,
      project: 'demo',
      token: 'device-1',
      notification_id: 'key-1',
      scenario_type: 'inactivity',
      tag: 'tag-1',
      apns_collapse_id: 'collapse-1',
      web_tag: 'web-1',
      ttl: '86400s',
      title: 'Hei',
      body: 'Det er lenge siden sist',
      validate_only: false,
      answer: 'accepted',
      delivered: true,
    },
  ]);
});

test('a dry run is answered but not delivered', async () => {
  expect((await send(emulator.address, { validate_only: true, ...message('device-1') })).status).toBe(200);
  expect(await emulator.ledger()).toMatchObject([{ validate_only: true, delivered: false }]);
});

test.each([
  ['unregistered', 404, 'UNREGISTERED'],
  ['gone', 410, 'UNREGISTERED'],
  ['invalid_argument', 400, 'INVALID_ARGUMENT'],
  ['third_party_auth', 401, 'THIRD_PARTY_AUTH_ERROR'],
  ['sender_mismatch', 403, 'SENDER_ID_MISMATCH'],
  ['quota', 429, 'QUOTA_EXCEEDED'],
  ['internal', 500, 'INTERNAL'],
  ['unavailable', 503, 'UNAVAILABLE'],
] as const)('"%s" is answered with %i and errorCode %s, and was not delivered', async (answer, status, errorCode) => {
  emulator.script('device-1', answer);
  const reply = await send(emulator.address, message('device-1'));
  expect(reply.status).toBe(status);
  expect(reply.json).toMatchObject({ error: { code: status, details: [{ errorCode }] } });
  expect(await emulator.ledger()).toMatchObject([{ answer, delivered: false }]);
});

test.each(['unavailable_but_delivered', 'reset_after_accept', 'truncated', 'cut_off', 'empty'] as const)(
  '"%s" delivers although the sender cannot tell',
  async (answer) => {
    emulator.script('device-1', answer);
    const reply = await send(emulator.address, message('device-1')).catch(() => null);
    expect(JSON.stringify(reply?.json ?? '')).not.toContain('projects');
    expect(await emulator.ledger()).toMatchObject([{ answer, delivered: true }]);
  },
);

test('a hanging request is in the ledger, and does not keep the emulator from stopping', async () => {
  emulator.script('device-1', 'hang');
  const reply = send(emulator.address, message('device-1')).catch((error: Error) => error);
  while ((await emulator.ledger()).length === 0) await new Promise((next) => setTimeout(next, 5));
  await emulator.stop();
  expect(await reply).toMatchObject({ code: 'ECONNRESET' });
  expect(await emulator.ledger()).toMatchObject([{ answer: 'hang', delivered: false }]);
});

test('Retry-After is sent where it is scripted and not otherwise', async () => {
  emulator.script('device-1', { answer: 'quota', retry_after: 90 }, 'quota');
  expect((await send(emulator.address, message('device-1'))).headers['retry-after']).toBe('90');
  expect((await send(emulator.address, message('device-1'))).headers['retry-after']).toBeUndefined();
});

describe('scripts', () => {
  test('a script is for one token, answers in turn, then everything is accepted again', async () => {
    emulator.script('device-1', 'unavailable', 'internal');
    const statuses = [];
    for (const token of ['device-1', 'device-2', 'device-1', 'device-1']) {
      statuses.push((await send(emulator.address, message(token))).status);
    }
    expect(statuses).toEqual([503, 200, 500, 200]);
  });

  test('another process scripts over HTTP, and takes it back', async () => {
    const scripts = `http://${emulator.address}/emulator/scripts`;
    const put = { method: 'PUT', body: JSON.stringify({ token: 'device-1', answers: ['unavailable', 'unavailable'] }) };
    expect((await fetch(scripts, put)).status).toBe(200);
    expect((await send(emulator.address, message('device-1'))).status).toBe(503);
    expect((await fetch(scripts, { method: 'DELETE' })).status).toBe(200);
    expect((await send(emulator.address, message('device-1'))).status).toBe(200);
  });

  test('an unknown answer is refused and the known ones are named', async () => {
    const put = { method: 'PUT', body: JSON.stringify({ token: 'device-1', answers: ['unavailible'] }) };
    const reply = await fetch(`http://${emulator.address}/emulator/scripts`, put);
    expect(reply.status).toBe(400);
    expect(await reply.text()).toContain('expected one of accepted, unregistered');
  });

  test('a token that begins with "unregistered-" is unregistered without a script', async () => {
    expect((await send(emulator.address, message('unregistered-7'))).status).toBe(404);
    expect((await send(emulator.address, message('registered-7'))).status).toBe(200);
  });
});

test('the same seed gives the same faults in any order of arrival', async () => {
  const tokens = Array.from({ length: 60 }, (_, n) => `device-${n}`);
  const rates = { unavailable: 0.3, unavailable_but_delivered: 0.2 };
  const outcomes = async (order: string[]) => {
    emulator.faults({ seed: 7, rates });
    const pairs = await Promise.all(
      order.map(async (token) => [token, (await send(emulator.address, message(token))).status]),
    );
    return Object.fromEntries(pairs) as Record<string, number>;
  };
  const first = await outcomes(tokens);
  expect(await outcomes(tokens.toReversed())).toEqual(first);
  expect(new Set(Object.values(first))).toEqual(new Set([200, 503]));
});

describe('messages that FCM would not take', () => {
  test.each([
    ['without a token', { message: { data: {} } }],
    ['with a token and an installation id', { message: { token: 'd', fid: 'c' } }],
    ['with an installation id that is none', { message: { fid: 'c:APA91' } }],
    ['with an installation id of more than 22 letters', { message: { fid: 'c'.repeat(23) } }],
    ['with a time to live that is no duration', { message: { token: 'd', android: { ttl: 86400 } } }],
    ['with a time to live of more than four weeks', { message: { token: 'd', android: { ttl: '2419201s' } } }],
    ['with a number in data', { message: { token: 'd', data: { milestone: 50 } } }],
    [
      'with a collapse id of 65 bytes',
      { message: { token: 'd', apns: { headers: { 'apns-collapse-id': 'x'.repeat(65) } } } },
    ],
    ['with a priority that Android has not', { message: { token: 'd', android: { priority: 'urgent' } } }],
    ['with a channel that is no text', { message: { token: 'd', android: { notification: { channel_id: 5 } } } }],
    [
      'with a notification priority of another kind',
      { message: { token: 'd', android: { notification: { notification_priority: 'high' } } } },
    ],
    ['with an APNs priority of 7', { message: { token: 'd', apns: { headers: { 'apns-priority': '7' } } } }],
    [
      'with an unknown APNs push type',
      { message: { token: 'd', apns: { headers: { 'apns-push-type': 'reminder' } } } },
    ],
    [
      'in the background at once',
      { message: { token: 'd', apns: { headers: { 'apns-push-type': 'background', 'apns-priority': '10' } } } },
    ],
    ['with a blank in the analytics label', { message: { token: 'd', fcmOptions: { analyticsLabel: 'a b' } } }],
    [
      'with an analytics label of 51 characters',
      { message: { token: 'd', fcm_options: { analytics_label: 'x'.repeat(51) } } },
    ],
    [
      'with a web link that is not https',
      { message: { token: 'd', webpush: { fcm_options: { link: 'http://example.org' } } } },
    ],
    ['with a web link of an app', { message: { token: 'd', webpush: { fcmOptions: { link: 'myapp://x' } } } }],
    ['with a reserved key in data', { message: { token: 'd', data: { from: 'me' } } }],
    ['with a payload of more than 4,096 bytes', { message: { token: 'd', data: { text: 'x'.repeat(4090) } } }],
  ])('one %s is answered with 400', async (_, body) => {
    expect((await send(emulator.address, body)).status).toBe(400);
    expect(await emulator.ledger()).toMatchObject([{ answer: 'invalid_argument', delivered: false }]);
  });

  test('limits are taken up to the last byte', async () => {
    const body = {
      message: {
        token: 'd',
        android: { ttl: '2419200s', priority: 'HIGH', notification: { notification_priority: 'PRIORITY_MIN' } },
        apns: { headers: { 'apns-collapse-id': 'x'.repeat(64), 'apns-priority': '5', 'apns-push-type': 'alert' } },
        webpush: { fcm_options: { link: 'https://example.org' } },
        fcm_options: { analytics_label: 'aZ0-_.~%'.padEnd(50, 'x') },
      },
    };
    expect((await send(emulator.address, body)).status).toBe(200);
  });

  test('one without credentials is answered with 401', async () => {
    expect((await send(emulator.address, message('device-1'), {})).status).toBe(401);
    expect(await emulator.ledger()).toMatchObject([{ delivered: false }]);
  });
});

describe('the ledger file', () => {
  test('survives a killed emulator, and the next one continues it', async () => {
    const file = join(folder.path, 'survives.jsonl');
    const first = await startProcess(process.execPath, [main, '--ledger', file]);
    const address = (JSON.parse(first.firstLine) as { address: string }).address;
    const replies = await Promise.all(Array.from({ length: 200 }, (_, n) => send(address, message(`device-${n}`))));
    await first.kill('SIGKILL');
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    const before = readFileSync(file, 'utf8');
    expect(entries(before).map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));

    const second = await startProcess(process.execPath, [main, '--ledger', file]);
    const next = (JSON.parse(second.firstLine) as { address: string }).address;
    await send(next, message('device-200'));
    const streamed = await (await fetch(`http://${next}/emulator/ledger`)).text();
    await second.kill('SIGTERM');
    expect(streamed.startsWith(before)).toBe(true);
    expect(entries(streamed).at(-1)).toMatchObject({ seq: 201, token: 'device-200' });
  });

  test('every message answered up to the kill is in it', async () => {
    const file = join(folder.path, 'killed.jsonl');
    const process_ = await startProcess(process.execPath, [main, '--ledger', file]);
    const { address } = JSON.parse(process_.firstLine) as { address: string };
    const answered: string[] = [];
    const senders = Array.from({ length: 20 }, async (_, lane) => {
      for (let n = 0; ; n++) {
        const token = `device-${lane}-${n}`;
        if (!(await send(address, message(token)).catch(() => null))) return;
        answered.push(token);
      }
    });
    await new Promise((next) => setTimeout(next, 150));
    await process_.kill('SIGKILL');
    await Promise.all(senders);
    const written = new Set(entries(readFileSync(file, 'utf8')).map(({ token }) => token));
    expect(answered.length).toBeGreaterThan(0);
    expect(answered.filter((token) => !written.has(token))).toEqual([]);
  });

  test('half a line of a killed process is cut off', async () => {
    const file = join(folder.path, 'half.jsonl');
    const first = await startEmulator({ ledgerFile: file });
    await send(first.address, message('device-1'));
    await first.stop();
    appendFileSync(file, '{"at":"2026-');
    const second = await startEmulator({ ledgerFile: file });
    await send(second.address, message('device-2'));
    expect(await second.ledger()).toMatchObject([{ seq: 1 }, { seq: 2, token: 'device-2' }]);
    await second.stop();
  });
});

test('as a process it is ready when started, continues its ledger on the same port, and reports a taken port', async () => {
  const options = { ledgerFile: join(folder.path, 'process.jsonl'), logFile: join(folder.path, 'process.log') };
  const first = await startFcmEmulatorProcess(options);
  const port = Number(first.address.split(':')[1]);
  await send(first.address, message('device-1'));
  await expect(startFcmEmulatorProcess({ ...options, port })).rejects.toThrow(/E_EMULATOR_START[^]*E_PORT_TAKEN/);
  process.kill(first.pid, 'SIGKILL');
  await first.exited;

  const second = await startFcmEmulatorProcess({ ...options, port });
  await send(second.address, message('device-2'));
  await second.stop();
  expect(entries(readFileSync(options.ledgerFile, 'utf8'))).toMatchObject([{ seq: 1 }, { seq: 2, token: 'device-2' }]);
});

function message(token: string) {
  return {
    message: {
      token,
      notification: { title: 'Hei', body: 'Det er lenge siden sist' },
      data: { notification_id: 'key-1', scenario_type: 'inactivity' },
      android: { ttl: '86400s', notification: { tag: 'tag-1' } },
      apns: { headers: { 'apns-collapse-id': 'collapse-1' } },
      webpush: { notification: { tag: 'web-1' } },
    },
  };
}

type Reply = { status: number; headers: NodeJS.Dict<string | string[]>; json: unknown };

/** Rejects when the connection breaks; `json` is undefined for what is none. */
function send(
  address: string,
  body: object,
  headers: Record<string, string> = { authorization: 'Bearer test' },
): Promise<Reply> {
  return new Promise((done, fail) => {
    const req = request(`http://${address}/v1/projects/demo/messages:send`, { method: 'POST', headers }, (res) => {
      let text = '';
      res.on('data', (chunk: Buffer) => (text += chunk.toString()));
      res.on('error', fail);
      res.on('end', () => {
        let json: unknown;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined;
        }
        done({ status: res.statusCode ?? 0, headers: res.headers, json });
      });
    });
    req.on('error', fail);
    req.end(JSON.stringify(body));
  });
}

function entries(text: string): LedgerEntry[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LedgerEntry);
}
