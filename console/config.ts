import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { webUiAddress } from '../client/web-ui.ts';
import { databaseConnections, databaseUrl } from '../db/connection-string.ts';
import { configError, faultsOf, logLevel, withoutEmpty, type Environment } from '../domain/variables.ts';
import { withoutValue } from '../domain/expected.ts';

/** Everything that the environment decides of a console, read once. */
export interface ConsoleConfig {
  readonly databaseUrl: string;
  /** Connections of this process to the database at most. */
  readonly databaseConnections: number;
  /** Secret. Null: one is made at each start. */
  readonly operatorToken: string | null;
  /** The project that persons sign in with. Null: there is no form. */
  readonly supabase: { readonly url: string; readonly anonKey: string } | null;
  /** Secret that the project signs access tokens with. Null: it has keys of its own, or nobody signs in. */
  readonly jwtSecret: string | null;
  /** Address of the Temporal Web UI, without a slash at its end. */
  readonly webUi: string | null;
  readonly logLevel: string;
}

const LEAST_SECRET = 32;
const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

const secret = z.string().min(LEAST_SECRET, `expected ${LEAST_SECRET} characters or more`);

/** Whoever listens on the way would read passwords. */
const webAddress = (example: string) =>
  z
    .string()
    .refine(isWebAddress, `expected an address such as ${example}; http only on this machine`)
    .transform((text) => text.replace(/\/+$/, ''));

const environment = z.object({
  DATABASE_URL: databaseUrl,
  DATABASE_CONNECTIONS: databaseConnections(10),
  CONSOLE_TOKEN: secret.optional(),
  SUPABASE_URL: webAddress('https://abcdefgh.supabase.co').optional(),
  SUPABASE_ANON_KEY: z.string().min(1).optional(),
  SUPABASE_JWT_SECRET: secret.optional(),
  LOG_LEVEL: logLevel,
});

/** Throws E_CONFIG with a line for each variable that is wrong. Values are not repeated: some are secret. */
export function readConsoleConfig(env: Environment): ConsoleConfig {
  const file = readTokenFile(env);
  const given: Environment = { ...withoutEmpty(env), ...(file.token !== undefined && { CONSOLE_TOKEN: file.token }) };
  const parsed = environment.safeParse(given, { error: withoutValue });
  const faults = [...(parsed.success ? [] : faultsOf(parsed.error)), ...(file.fault ? [file.fault] : [])];
  if (given['SUPABASE_URL'] && !given['SUPABASE_ANON_KEY'])
    faults.push('SUPABASE_ANON_KEY: expected the public key of the project that SUPABASE_URL names, it is not set');
  if (given['SUPABASE_ANON_KEY'] && !given['SUPABASE_URL'])
    faults.push('SUPABASE_URL: expected the address of the project that SUPABASE_ANON_KEY belongs to, it is not set');
  if (!parsed.success || faults.length > 0) throw configError(faults);
  const { SUPABASE_URL: url, SUPABASE_ANON_KEY: anonKey, ...values } = parsed.data;
  return Object.freeze({
    databaseUrl: values.DATABASE_URL,
    databaseConnections: values.DATABASE_CONNECTIONS,
    operatorToken: values.CONSOLE_TOKEN ?? null,
    supabase: url && anonKey ? { url, anonKey } : null,
    jwtSecret: values.SUPABASE_JWT_SECRET ?? null,
    webUi: webUiAddress(env),
    logLevel: values.LOG_LEVEL,
  });
}

function readTokenFile(env: Environment): { token?: string; fault?: string } {
  const path = env['CONSOLE_TOKEN_FILE'];
  if (!path) return {};
  try {
    return { token: readFileSync(path, 'utf8').trim() };
  } catch (error) {
    return { fault: `CONSOLE_TOKEN_FILE: expected a file that can be read (${(error as NodeJS.ErrnoException).code})` };
  }
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, search, hash } = new URL(text);
  if (username || search || hash) return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK_NAMES.has(hostname));
}
