import { SignJWT } from 'jose';
import { pino } from 'pino';
import type { ConsoleConfig } from '../../console/config.ts';
import { startConsole, type RunningConsole } from '../../console/server.ts';
import type { ConsoleServices } from '../../console/services.ts';
import { connect, createPool } from '../../db/connect.ts';
import { asConsole } from '../../local/logins.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { mustClose } from './leaks.ts';

export const JWT_SECRET = 'a secret of the project, for tests alone';
export const OPERATOR_TOKEN = 'a token of the operator, for tests alone';

export interface TestConsole extends RunningConsole {
  readonly services: ConsoleServices;
  /** What was logged, a line each. */
  readonly log: readonly string[];
  /** Somebody with a browser, who is not signed in. */
  visitor(): Visitor;
  operator(): Promise<Visitor>;
  /** Somebody with a token of the project. */
  person(userId: string): Promise<Visitor>;
}

/** A console on a database of a test, as its own log-in. To be closed in `afterAll`, before the database is dropped. */
export async function startTestConsole(
  database: Pick<TestDatabase, 'url'>,
  {
    services: given = {},
    config = {},
    host = '127.0.0.1',
    port = 0,
    operatorOnly = false,
    https = false,
  }: {
    services?: Partial<ConsoleServices>;
    config?: Partial<ConsoleConfig>;
    host?: string;
    port?: number;
    operatorOnly?: boolean;
    https?: boolean;
  } = {},
): Promise<TestConsole> {
  const url = asConsole(database.url);
  const db = connect(createPool({ url, maxConnections: 5 }));
  const log: string[] = [];
  const services: ConsoleServices = {
    db,
    temporal: async () => null,
    clock: () => new Date(),
    webUi: 'http://127.0.0.1:8233',
    namespace: 'default',
    log: pino({ base: null }, { write: (line) => void log.push(line) }),
    ...given,
  };
  const running = await startConsole(
    services,
    {
      databaseUrl: url,
      databaseConnections: 5,
      operatorToken: OPERATOR_TOKEN,
      supabase: null,
      jwtSecret: JWT_SECRET,
      webUi: null,
      logLevel: 'info',
      ...config,
    },
    { host, port, operatorOnly, https },
  ).catch(async (error: unknown) => {
    await db.destroy();
    throw error;
  });
  const closed = mustClose('console (call close() in afterAll)');
  const visitor = () => new Visitor(running.address);
  return {
    ...running,
    services,
    log,
    visitor,
    async operator() {
      const somebody = visitor();
      await somebody.get(`/?token=${encodeURIComponent(OPERATOR_TOKEN)}`);
      return somebody;
    },
    async person(userId) {
      const somebody = visitor();
      somebody.cookies.set('console_person', await tokenOf(userId));
      return somebody;
    },
    async close() {
      await running.close();
      await db.destroy();
      closed();
    },
  };
}

/** What tests of pages begin with: a database of their own, a console on it, and its operator. To be closed in `afterAll`. */
export async function consoleOnDatabase(services: Partial<ConsoleServices>): Promise<{
  readonly database: TestDatabase;
  readonly console: TestConsole;
  readonly operator: Visitor;
  readonly close: () => Promise<void>;
}> {
  const database = await createDatabase();
  const console = await startTestConsole(database, { services });
  return {
    database,
    console,
    operator: await console.operator(),
    close: async () => {
      await console.close();
      await database.drop();
    },
  };
}

/** An access token as a project issues it, signed with HS256. */
export async function tokenOf(
  userId: string,
  {
    secret = JWT_SECRET,
    role = 'authenticated',
    audience = 'authenticated',
    expiresIn = 3_600,
  }: { secret?: string; role?: string; audience?: string; expiresIn?: number } = {},
): Promise<string> {
  return new SignJWT({ role, email: 'kari@example.org' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setAudience(audience)
    .setExpirationTime(Math.floor(Date.now() / 1_000) + expiresIn)
    .sign(new TextEncoder().encode(secret));
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Where it was found, without the origin. */
  readonly path: string;
}

/** A browser without eyes: keeps cookies, follows redirects, sends the forms of the page that it is on. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly #address: string;
  #page = '';

  constructor(address: string) {
    this.#address = address;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#keep(await this.once(path, { headers }));
  }

  /** With the token of the page before, unless `fields` has another. */
  async post(
    path: string,
    fields: Readonly<Record<string, string>> | readonly (readonly [string, string])[] = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const body = new URLSearchParams(Array.isArray(fields) ? (fields as [string, string][]) : Object.entries(fields));
    const csrf = /name="csrf"\s+value="([^"]+)"/.exec(this.#page)?.[1] ?? '';
    if (!body.has('csrf')) body.set('csrf', csrf);
    return this.#keep(await this.once(path, { method: 'POST', body, headers }));
  }

  /** One request, without following where it leads. */
  async once(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(new URL(path, this.#address), {
      redirect: 'manual',
      ...init,
      headers: { ...(cookie && { cookie }), ...(init.headers as Record<string, string> | undefined) },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(line)!;
      if (/max-age=0/i.test(rest!)) this.cookies.delete(name!);
      else this.cookies.set(name!, decodeURIComponent(value!));
    }
    return answer;
  }

  async #keep(answer: Response): Promise<Answer> {
    const body = await answer.text();
    const location = answer.headers.get('location');
    if (location !== null) return this.get(location);
    this.#page = body;
    const { pathname, search } = new URL(answer.url);
    return { status: answer.status, headers: answer.headers, body, path: `${pathname}${search}` };
  }
}

/** The words of a page, one space between them. */
export function pageText(body: string): string {
  return body.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}
