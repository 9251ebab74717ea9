import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCodecServer } from '../../client/codec-server.ts';
import { AesPayloadCodec } from '../../client/payload-codec.ts';

const ui = 'https://temporal.example.org';
const codec = new AesPayloadCodec(new Map([['autumn', randomBytes(32)]]));
const payload = { metadata: { encoding: base64('json/plain') }, data: base64('{"userId":"6f1c2d3e"}') };
let open: Server;
let guarded: Server;

beforeAll(async () => {
  open = createCodecServer({ codec, origins: [ui], token: null }).listen(0, '127.0.0.1');
  guarded = createCodecServer({ codec, origins: [ui], token: 'the-secret' }).listen(0, '127.0.0.1');
  await Promise.all([open, guarded].map((server) => once(server, 'listening')));
});
afterAll(() => {
  for (const server of [open, guarded]) {
    server.close();
    server.closeAllConnections();
  }
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function post(
  server: Server,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  method = 'POST',
) {
  const reply = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await reply.text();
  return {
    status: reply.status,
    headers: reply.headers,
    body: text ? (JSON.parse(text) as { payloads?: (typeof payload)[]; error?: string }) : {},
  };
}

test('what it encodes it decodes again, with and without a namespace in the path', async () => {
  for (const prefix of ['', '/default']) {
    const encoded = await post(open, `${prefix}/encode`, { payloads: [payload] });
    expect(encoded.status).toBe(200);
    expect(Buffer.from(encoded.body.payloads![0]!.metadata.encoding, 'base64').toString()).toBe('binary/encrypted');
    expect(await post(open, `${prefix}/decode`, encoded.body)).toMatchObject({
      status: 200,
      body: { payloads: [payload] },
    });
  }
});

describe('it refuses', () => {
  test('pages of another origin, before it has looked at a payload', async () => {
    const reply = await post(open, '/decode', { payloads: [payload] }, { origin: 'https://evil.example' });
    expect(reply).toMatchObject({ status: 403, body: { error: expect.stringContaining('https://evil.example') } });
    expect(reply.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('whoever has no token, or another, where there is one', async () => {
    for (const authorization of ['', 'Bearer the-secre', 'Bearer the-secrett', 'the-secret', 'Basic the-secret']) {
      const reply = await post(
        guarded,
        '/decode',
        { payloads: [payload] },
        { ...(authorization && { authorization }) },
      );
      expect(reply.status).toBe(401);
      expect(JSON.stringify(reply.body)).not.toContain('the-secret');
    }
    expect(
      (await post(guarded, '/decode', { payloads: [payload] }, { authorization: 'Bearer the-secret' })).status,
    ).toBe(200);
  });

  test.each(['', 'no json', '[]', '{"payloads": 7}', '{"payloads": [{"data": "***"}]}', 'null'])(
    'the body %j, and says what it expected',
    async (body) => {
      const { status, body: said } = await post(open, '/decode', body);
      if (status !== 200)
        expect({ status, said }).toMatchObject({
          status: 400,
          said: { error: expect.stringMatching(/^E_CODEC_REQUEST: expected/) },
        });
      else expect(said.payloads ?? []).toEqual([]);
    },
  );

  test('a body of more than eight mebibytes, another path, another method', async () => {
    expect((await post(open, '/decode', 'x'.repeat((8 << 20) + 1))).status).toBe(400);
    expect((await post(open, '/download', {})).status).toBe(404);
    expect((await post(open, '/decode', {}, {}, 'GET')).status).toBe(405);
  });

  test('more than ten thousand payloads, however small', async () => {
    const many = (n: number) => ({ payloads: Array.from({ length: n }, () => ({})) });
    expect(await post(open, '/decode', many(10_001))).toMatchObject({
      status: 400,
      body: { error: 'E_CODEC_REQUEST: more than 10000 payloads' },
    });
    expect(await post(open, '/decode', many(10_000))).toMatchObject({ status: 200 });
  });

  test('a payload of a key that it lacks, naming the key', async () => {
    const [foreign] = await new AesPayloadCodec(new Map([['other', randomBytes(32)]])).encode([
      { data: Buffer.from('x') },
    ]);
    const json = {
      metadata: Object.fromEntries(
        Object.entries(foreign!.metadata!).map(([k, v]) => [k, Buffer.from(v).toString('base64')]),
      ),
      data: Buffer.from(foreign!.data!).toString('base64'),
    };
    expect(await post(open, '/decode', { payloads: [json] })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/E_PAYLOAD_KEY_UNKNOWN.*"other"/) },
    });
  });
});

test('it lets the Web UI ask first, with the headers that it sends', async () => {
  const reply = await post(
    guarded,
    '/decode',
    null,
    { origin: ui, 'access-control-request-headers': 'authorization,x-namespace' },
    'OPTIONS',
  );
  expect(reply.status).toBe(204);
  expect(reply.headers.get('access-control-allow-origin')).toBe(ui);
  expect(reply.headers.get('access-control-allow-credentials')).toBe('true');
  expect(reply.headers.get('access-control-allow-headers')).toMatch(/content-type.*x-namespace.*authorization/);
});
