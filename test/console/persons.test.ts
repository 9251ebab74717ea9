import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { base64url, SignJWT, generateKeyPair, UnsecuredJWT } from 'jose';
import { connectServices } from '../../console/connect-services.ts';
import { readConsoleConfig } from '../../console/config.ts';
import { chapter, mentor } from '../support/factories.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { JWT_SECRET, pageText, startTestConsole, tokenOf, type TestConsole } from '../support/console.ts';
import { ANON_KEY, startSupabaseProject, type SupabaseProject } from '../support/supabase-project.ts';

let database: TestDatabase;
let console: TestConsole;
let project: SupabaseProject;
let coordinator: string;

beforeAll(async () => {
  database = await createDatabase();
  project = await startSupabaseProject('ES256');
  console = await startTestConsole(database, { config: { supabase: { url: project.url, anonKey: ANON_KEY } } });
  coordinator = await mentor(database.db, { chapterId: await chapter(database.db), role: 'coordinator' });
  project.add('kari@example.org', 'correct horse', coordinator);
});
afterAll(async () => {
  await console.close();
  await project.stop();
  await database.drop();
});

describe('a person', () => {
  test('signs in by the form, for as long as their access token lasts, and out again', async () => {
    const somebody = console.visitor();
    const first = await somebody.get('/');
    expect(first.status).toBe(401);
    expect(first.body).toContain('type="password"');
    const inside = await somebody.post('/sign-in', { email: 'kari@example.org', password: 'correct horse' });
    expect(inside).toMatchObject({ status: 200, path: '/' });
    expect(pageText(inside.body)).toContain('kari@example.org');
    expect(await somebody.post('/sign-out')).toMatchObject({ status: 401 });
    expect(somebody.cookies.has('console_person')).toBe(false);
  });

  test('has a cookie that no script reads, which ends with the token', async () => {
    const somebody = console.visitor();
    const { body } = await somebody.get('/');
    const csrf = /name="csrf"\s+value="([^"]+)"/.exec(body)![1]!;
    const fields = { csrf, email: 'kari@example.org', password: 'correct horse' };
    const answer = await somebody.once('/sign-in', { method: 'POST', body: new URLSearchParams(fields) });
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('console_person=ey'))!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const seconds = Number(/Max-Age=(\d+)/.exec(cookie)![1]);
    expect(Math.abs(seconds - 3_600)).toBeLessThan(60);
  });

  test('with a token of a thousand days has a cookie of four hundred', async () => {
    const thousandDays = Math.floor(Date.now() / 1_000) + 1_000 * 24 * 60 * 60;
    project.add('long@example.org', 'correct horse', coordinator, { exp: thousandDays });
    const somebody = console.visitor();
    await somebody.get('/');
    const inside = await somebody.post('/sign-in', { email: 'long@example.org', password: 'correct horse' });
    expect(inside).toMatchObject({ status: 200, path: '/' });
  });

  test('whose session is over can sign in from the page that says so', async () => {
    const somebody = console.visitor();
    await somebody.get('/');
    somebody.cookies.set('console_person', 'gibberish');
    await somebody.get('/');
    const inside = await somebody.post('/sign-in', { email: 'again@example.org', password: 'wrong' });
    expect(inside).toMatchObject({ status: 401 });
  });

  test('may try five times in five minutes, however the address is written, and nobody asks Supabase for the sixth', async () => {
    let now = Date.now();
    const other = await startTestConsole(database, {
      config: { supabase: { url: project.url, anonKey: ANON_KEY } },
      services: { clock: () => new Date(now) },
    });
    project.add('ola@example.org', 'correct horse', coordinator);
    const somebody = other.visitor();
    const attempt = async (email: string, password: string) => {
      await somebody.get('/');
      return somebody.post('/sign-in', { email, password });
    };
    for (let i = 0; i < 5; i++) expect(await attempt('Ola@example.org', 'wrong')).toMatchObject({ status: 401 });
    const sixth = await attempt('ola@example.org', 'correct horse');
    expect(sixth.status).toBe(429);
    expect(pageText(sixth.body)).toContain('Too many tries to sign in');
    expect(await attempt('kari@example.org', 'wrong')).toMatchObject({ status: 401 });
    now += 5 * 60_000;
    expect(await attempt('ola@example.org', 'correct horse')).toMatchObject({ status: 200 });
    await other.close();
  });

  test('is told the same where Supabase says that it was too often', async () => {
    project.add('often@example.org', 'too often', coordinator);
    const somebody = console.visitor();
    await somebody.get('/', { 'accept-language': 'nb' });
    const answer = await somebody.post(
      '/sign-in',
      { email: 'often@example.org', password: 'limited' },
      { 'accept-language': 'nb' },
    );
    expect(answer.status).toBe(429);
    expect(pageText(answer.body)).toContain('For mange forsøk på å logge inn');
  });

  test('with a wrong password stays outside, and learns no more than that', async () => {
    const somebody = console.visitor();
    for (const email of ['kari@example.org', 'nobody@example.org']) {
      await somebody.get('/');
      const { status, body } = await somebody.post('/sign-in', { email, password: 'wrong' });
      expect(status).toBe(401);
      expect(pageText(body)).toContain('E-mail address or password is wrong.');
    }
  });

  test('is let in by a bearer token of either kind of signature', async () => {
    for (const token of [await tokenOf(coordinator), await project.token(coordinator)]) {
      const answer = await console.visitor().get('/', { authorization: `Bearer ${token}` });
      expect(answer.status).toBe(200);
    }
  });
});

describe('a token that is not accepted', () => {
  const claims = { role: 'authenticated', aud: 'authenticated' };
  const soon = Math.floor(Date.now() / 1_000) + 3_600;
  const bad: [string, () => Promise<string>][] = [
    ['expired a minute ago', () => tokenOf(coordinator, { expiresIn: -60 })],
    ['of another secret', () => tokenOf(coordinator, { secret: 'another secret of the same length!!!' })],
    ['for another audience', () => tokenOf(coordinator, { audience: 'anon' })],
    ['of another role', () => tokenOf(coordinator, { role: 'service_role' })],
    ['of nobody', () => tokenOf('not-a-uuid')],
    ['of a key that the project does not have', () => forged('ES256', coordinator)],
    [
      'without a signature',
      async () => new UnsecuredJWT(claims).setSubject(coordinator).setExpirationTime(soon).encode(),
    ],
    ['signed with the public key', () => confused()],
    ['without an end', () => endless()],
    ['whose content was changed', async () => changed(await tokenOf(coordinator))],
    ['that is none', async () => 'gibberish'],
    ['that is three dots', async () => '...'],
  ];

  test.each(bad)('%s is answered with 401 and the form, and forgotten', async (_, make) => {
    const token = await make();
    const somebody = console.visitor();
    somebody.cookies.set('console_person', token);
    const { status, body } = await somebody.get('/');
    expect(status).toBe(401);
    expect(body).toContain('type="password"');
    expect(pageText(body)).toContain('You are no longer signed in.');
    expect(somebody.cookies.has('console_person')).toBe(false);
    expect(await console.visitor().get('/', { authorization: `Bearer ${token}` })).toMatchObject({ status: 401 });
  });

  test('is never logged, nor is one that is accepted, nor a password', async () => {
    const lines = console.log.join('');
    expect(lines).toContain('answered');
    expect(lines).not.toMatch(/eyJ|correct horse|gibberish/);
  });

  async function forged(alg: string, subject: string): Promise<string> {
    const { privateKey } = await generateKeyPair(alg);
    return new SignJWT(claims).setProtectedHeader({ alg }).setSubject(subject).setExpirationTime(soon).sign(privateKey);
  }

  /** The old trick: a public key taken for a secret. */
  async function confused(): Promise<string> {
    const { keys } = (await (await fetch(`${project.url}/auth/v1/.well-known/jwks.json`)).json()) as { keys: object[] };
    const secret = new TextEncoder().encode(JSON.stringify(keys[0]));
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(coordinator)
      .setExpirationTime(soon)
      .sign(secret);
  }

  async function endless(): Promise<string> {
    const secret = new TextEncoder().encode(JWT_SECRET);
    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setSubject(coordinator).sign(secret);
  }

  function changed(token: string): string {
    const [head, , signature] = token.split('.');
    return [head, base64url.encode(JSON.stringify({ ...claims, sub: coordinator, exp: soon + 1 })), signature].join(
      '.',
    );
  }
});

describe('a project', () => {
  test('may sign with RS256', async () => {
    const rsa = await startSupabaseProject('RS256');
    const other = await startTestConsole(database, {
      config: { supabase: { url: rsa.url, anonKey: ANON_KEY }, jwtSecret: null },
    });
    const get = (token: string) => other.visitor().get('/', { authorization: `Bearer ${token}` });
    expect(await get(await rsa.token(coordinator))).toMatchObject({ status: 200 });
    expect(await get(await tokenOf(coordinator))).toMatchObject({ status: 401 });
    await other.close();
    await rsa.stop();
  });

  test('that does not answer is said to be away, with 503', async () => {
    const gone = await startSupabaseProject('ES256');
    const other = await startTestConsole(database, { config: { supabase: { url: gone.url, anonKey: ANON_KEY } } });
    const token = await gone.token(coordinator);
    await gone.stop();
    const somebody = other.visitor();
    await somebody.get('/');
    const answer = await somebody.post('/sign-in', { email: 'kari@example.org', password: 'correct horse' });
    expect(answer.status).toBe(503);
    expect(pageText(answer.body)).toContain('Nobody can sign in at the moment');
    expect(await other.visitor().get('/', { authorization: `Bearer ${token}` })).toMatchObject({ status: 503 });
    await other.close();
  });
});

test('a console whose role may not act for persons does not start, and names the grant', async () => {
  const config = readConsoleConfig({ DATABASE_URL: database.worker.url, SUPABASE_JWT_SECRET: JWT_SECRET });
  await expect(connectServices(config, console.services.log)).rejects.toThrow(
    /^E_CONSOLE_ROLE: role "scenario_push_local_worker" .*grant authenticated to "scenario_push_local_worker"/,
  );
});
