import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { CodedError } from '../domain/errors.ts';
import type { Access } from './access/access.ts';
import { PersonTokens } from './access/person-tokens.ts';
import { SignIn } from './access/sign-in.ts';
import { createConsole } from './app.ts';
import type { ConsoleConfig } from './config.ts';
import type { ConsoleServices } from './services.ts';

interface ListenOptions {
  readonly host: string;
  /** 0 = any. */
  readonly port: number;
  /** Whether the operator alone may look although others reach the address. */
  readonly operatorOnly: boolean;
  /** Whether a proxy of this machine serves it to others. @default false */
  readonly https?: boolean;
}

export interface RunningConsole {
  /** Without the token. */
  readonly address: string;
  /** With it, for the operator; secret. Beyond this machine without. */
  readonly operatorAddress: string;
  /** What the operator types there; secret. Null: the address has it. */
  readonly operatorToken: string | null;
  close(): Promise<void>;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Listens. Throws E_CONSOLE_OPEN where strangers could reach what a single secret guards, and E_CONSOLE_LISTEN where the
 * address cannot be had.
 */
export async function startConsole(
  services: ConsoleServices,
  config: ConsoleConfig,
  { host, port, operatorOnly, https = false }: ListenOptions,
): Promise<RunningConsole> {
  const access = accessOf(config, services, https || !LOOPBACK.has(host));
  if (access.secure && access.persons === null && !operatorOnly) {
    throw new CodedError(
      'E_CONSOLE_OPEN',
      `whoever reaches ${https ? 'its proxy' : host} needs one token alone to stop sweeps and halt sending`,
      {
        fix: 'set SUPABASE_URL or SUPABASE_JWT_SECRET for persons to sign in, add --operator-only if that is wanted, or listen on 127.0.0.1 without --https',
      },
    );
  }
  const server = createAdaptorServer({ fetch: createConsole(services, access).fetch });
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new CodedError('E_CONSOLE_LISTEN', `cannot listen on ${host}:${port} (${error.code})`, {
      fix: 'choose another --host or --port',
    });
  });
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/`;
  return {
    address,
    operatorAddress: access.secure ? address : `${address}?token=${encodeURIComponent(access.operatorToken)}`,
    operatorToken: access.secure ? access.operatorToken : null,
    async close() {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

function accessOf(config: ConsoleConfig, { clock }: ConsoleServices, secure: boolean): Access {
  const { operatorToken, supabase, jwtSecret } = config;
  return {
    operatorToken: operatorToken ?? randomBytes(32).toString('base64url'),
    persons:
      supabase || jwtSecret !== null
        ? new PersonTokens({ secret: jwtSecret, supabaseUrl: supabase?.url ?? null, clock })
        : null,
    signIn: supabase && new SignIn({ supabaseUrl: supabase.url, anonKey: supabase.anonKey, clock }),
    secure,
    clock,
  };
}
