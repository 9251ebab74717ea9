import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Command, InvalidArgumentError } from 'commander';
import { createCodecServer } from '../../client/codec-server.ts';
import { AesPayloadCodec } from '../../client/payload-codec.ts';
import { readPayloadKeys } from '../../client/payload-keys.ts';
import { CodedError } from '../../domain/errors.ts';
import { parsePort } from '../options.ts';
import { printLine } from '../output.ts';

/** Where the Web UI of a development server is. */
const LOCAL_UI = ['http://localhost:8233', 'http://127.0.0.1:8233'];
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

interface CodecServerCommand {
  host: string;
  port: number;
  origin: string[];
}

export function codecServerCommand(): Command {
  return new Command('codec-server')
    .description('let the Temporal Web UI and "temporal --codec-endpoint" read encrypted payloads')
    .option('--host <address>', 'where to listen; beyond loopback only with a token', '127.0.0.1')
    .option('--port <n>', 'where to listen, 0 for any', parsePort, 8234)
    .option('--origin <url...>', 'origins of the Web UIs that may ask', parseOrigin, LOCAL_UI)
    .addHelpText(
      'after',
      `
Environment: PAYLOAD_KEYS or PAYLOAD_KEYS_FILE, as the worker has them; CODEC_SERVER_TOKEN or CODEC_SERVER_TOKEN_FILE,
a secret that everybody who asks must show as a bearer token.

Example:
  $ scenario-push codec-server &
  $ temporal workflow show --workflow-id ID --codec-endpoint http://127.0.0.1:8234`,
    )
    .action(async ({ host, port, origin }: CodecServerCommand) => {
      const keys = readPayloadKeys(process.env);
      if (keys.size === 0)
        throw new CodedError('E_PAYLOAD_KEYS', 'there is nothing to decode with', {
          fix: 'set PAYLOAD_KEYS or PAYLOAD_KEYS_FILE',
        });
      const token = readToken(process.env);
      if (token === null && !LOOPBACK.has(host)) {
        throw new CodedError('E_CODEC_OPEN', `everybody who reaches ${host} could read every payload`, {
          fix: 'set CODEC_SERVER_TOKEN_FILE, or listen on 127.0.0.1',
        });
      }
      const server = createCodecServer({ codec: new AesPayloadCodec(keys), origins: origin, token });
      server.listen(port, host);
      await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
        throw new CodedError('E_CODEC_LISTEN', `cannot listen on ${host}:${port} (${error.code})`, {
          fix: 'choose another --host or --port',
        });
      });
      printLine(
        `codec server on http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}${token === null ? '' : ', with a token'}`,
      );
      const stopped = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
      await once(stopped.signal, 'abort');
      server.close();
      server.closeAllConnections();
    });
}

/** Null where none is set. Throws E_CODEC_TOKEN; never repeats it. */
function readToken(env: Readonly<Record<string, string | undefined>>): string | null {
  const { CODEC_SERVER_TOKEN: text, CODEC_SERVER_TOKEN_FILE: file } = env;
  if (!file) return text || null;
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CodedError(
      'E_CODEC_TOKEN',
      `CODEC_SERVER_TOKEN_FILE: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      { fix: 'correct the path, or who may read the file' },
    );
  }
  if (token === '')
    throw new CodedError('E_CODEC_TOKEN', `CODEC_SERVER_TOKEN_FILE: ${file} is empty`, {
      fix: 'write the token into it',
    });
  return token;
}

function parseOrigin(text: string, previous: string[] | undefined): string[] {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (!/^https?:/.test(origin))
    throw new InvalidArgumentError(`expected an origin such as https://temporal.example.org, got "${text}".`);
  return [...(previous === LOCAL_UI ? [] : (previous ?? [])), origin];
}
