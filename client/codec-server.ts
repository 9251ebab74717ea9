import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { CodedError } from '../domain/errors.ts';
import { isSameSecret } from '../domain/same-secret.ts';

const { Payloads } = proto.temporal.api.common.v1;

export interface CodecServerOptions {
  readonly codec: PayloadCodec;
  /** Origins of Web UIs whose pages may ask, such as `http://localhost:8233`. */
  readonly origins: readonly string[];
  /** Secret: what an asker shows as `Authorization: Bearer …`. Null: nobody is asked for it. */
  readonly token: string | null;
}

/** Temporal's limit for one message. */
const MOST_BYTES = 8 << 20;
/** A message of the server has a few hundred at most; of the smallest ones millions fit into its bytes. */
const MOST_PAYLOADS = 10_000;
const PATH = /^\/(?:[^/]+\/)?(encode|decode)$/;

/**
 * Lets the Web UI and `temporal --codec-endpoint` read payloads: POST /encode and /decode (a namespace may stand before)
 * with `{"payloads": [...]}` in proto3 JSON. Whoever may ask may read: a page of another origin, and, where there is a
 * token, everybody without it, is refused before a payload is looked at.
 */
export function createCodecServer(options: CodecServerOptions): Server {
  return createServer((req, res) => {
    answer(req, res, options).catch((error: unknown) => {
      if (error instanceof CodedError) refuse(res, 400, error);
      else refuse(res, 500, badRequest('failed, and the reason is not for the outside'));
    });
  });
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { codec, origins, token }: CodecServerOptions,
): Promise<void> {
  const { origin, authorization = '' } = req.headers;
  if (origin !== undefined) {
    if (!origins.includes(origin))
      return refuse(res, 403, badRequest(`pages of ${origin} may not ask`, { fix: 'see --origin' }));
    res.setHeader('access-control-allow-origin', origin);
    res.setHeader('access-control-allow-credentials', 'true');
    res.setHeader('vary', 'origin');
  }
  if (req.method === 'OPTIONS') {
    res.setHeader('access-control-allow-methods', 'POST');
    res.setHeader('access-control-allow-headers', 'content-type, x-namespace, authorization');
    return void res.writeHead(204).end();
  }
  const [, direction] = PATH.exec(req.url ?? '') ?? [];
  if (direction !== 'encode' && direction !== 'decode')
    return refuse(res, 404, badRequest('expected /encode or /decode'));
  if (req.method !== 'POST') return refuse(res, 405, badRequest('expected POST'));
  if (token !== null && !isSameSecret(authorization, `Bearer ${token}`)) {
    res.setHeader('www-authenticate', 'Bearer');
    return refuse(res, 401, badRequest('expected the bearer token of this codec server'));
  }
  const payloads = await codec[direction](await readPayloads(req));
  reply(res, 200, Payloads.toObject(Payloads.create({ payloads }), { bytes: String }));
}

async function readPayloads(req: IncomingMessage): Promise<Payload[]> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    if ((size += chunk.length) > MOST_BYTES) throw badRequest(`more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { payloads?: unknown };
    if (Array.isArray(body.payloads) && body.payloads.length > MOST_PAYLOADS) {
      throw badRequest(`more than ${MOST_PAYLOADS} payloads`);
    }
    return Payloads.fromObject(body).payloads;
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw badRequest('expected {"payloads": [...]} as JSON, metadata and data in base64');
  }
}

function badRequest(wrong: string, options?: { fix: string }): CodedError {
  return new CodedError('E_CODEC_REQUEST', wrong, options);
}

function refuse(res: ServerResponse, status: number, { message }: CodedError): void {
  reply(res, status, { error: message });
}

function reply(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}
