import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConsoleConfig } from '../../console/config.ts';
import { HOUR } from '../../domain/durations.ts';
import { chapter, mentor, organization } from '../support/factories.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { OPERATOR_TOKEN, pageText, startTestConsole, type TestConsole } from '../support/console.ts';

/** Not one of the names of loopback, and yet nothing that leaves this machine. */
const BEYOND = '127.0.0.2';

let database: TestDatabase;
let console: TestConsole;

beforeAll(async () => {
  database = await createDatabase();
  console = await startTestConsole(database);
});
afterAll(async () => {
  await console.close();
  await database.drop();
});

describe('the operator', () => {
  test('comes in with the token, which leaves the address and becomes a cookie that no script reads', async () => {
    const somebody = console.visitor();
    const answer = await somebody.once(`/?a=1&token=${encodeURIComponent(OPERATOR_TOKEN)}`);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/?a=1');
    const cookie = answer.headers
      .getSetCookie()
      .find((line) => line.startsWith('console_operator=') && !/Max-Age=0/.test(line))!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).not.toMatch(/Secure/);
    expect(cookie).not.toContain(OPERATOR_TOKEN);
    expect(await somebody.get('/')).toMatchObject({ status: 200 });
    expect(console.log.join('')).not.toContain(encodeURIComponent(OPERATOR_TOKEN));
  });

  test('stays outside with another token, and with another cookie', async () => {
    const somebody = console.visitor();
    expect(await somebody.get(`/?token=${OPERATOR_TOKEN}x`)).toMatchObject({ status: 401 });
    expect(await somebody.get('/?token=')).toMatchObject({ status: 401 });
    somebody.cookies.set('console_operator', OPERATOR_TOKEN);
    expect(await somebody.get('/')).toMatchObject({ status: 401 });
  });

  test('is out again after signing out', async () => {
    const operator = await console.operator();
    await operator.get('/');
    expect(await operator.post('/sign-out')).toMatchObject({ status: 401, path: '/' });
  });
});

describe('the operator’s session', () => {
  test('ends after twelve hours, whatever the browser does', async () => {
    let now = Date.now();
    const other = await startTestConsole(database, { services: { clock: () => new Date(now) } });
    const operator = await other.operator();
    now += 12 * HOUR - 1;
    expect(await operator.get('/')).toMatchObject({ status: 200 });
    now += 1;
    expect(await operator.get('/')).toMatchObject({ status: 401 });
    await other.close();
  });

  test('has a cookie that ends with it, and whose time cannot be moved', async () => {
    const operator = console.visitor();
    const answer = await operator.once(`/?token=${encodeURIComponent(OPERATOR_TOKEN)}`);
    expect(answer.headers.getSetCookie().join('\n')).toMatch(/console_operator=\d+\.[\w-]{43}; Max-Age=43200/);
    const [begun, code] = operator.cookies.get('console_operator')!.split('.');
    operator.cookies.set('console_operator', `${Number(begun) + 1}.${code}`);
    expect(await operator.get('/')).toMatchObject({ status: 401 });
  });
});

describe('beyond this machine', () => {
  test('a console with nothing but the operator’s token does not start, unless that is wanted', async () => {
    await expect(startTestConsole(database, { host: BEYOND, config: { jwtSecret: null } })).rejects.toThrow(
      /^E_CONSOLE_OPEN: .*--operator-only/,
    );
    const wanted = await startTestConsole(database, {
      host: BEYOND,
      config: { jwtSecret: null },
      operatorOnly: true,
    });
    await wanted.close();
  });

  describe('a console', () => {
    let open: TestConsole;

    beforeAll(async () => void (open = await startTestConsole(database, { host: BEYOND })));
    afterAll(() => open.close());

    test('takes the operator’s token from a form, and from no address', async () => {
      const operator = open.visitor();
      const asked = await operator.get(`/?token=${encodeURIComponent(OPERATOR_TOKEN)}`);
      expect(asked.status).toBe(401);
      expect(asked.body).toMatch(/name="token"\s+type="password"/);
      const refused = await operator.post('/sign-in/operator', { token: `${OPERATOR_TOKEN}x` });
      expect(refused.status).toBe(401);
      expect(pageText(refused.body)).toContain('This is not the token of the console.');
      expect(await operator.post('/sign-in/operator', { csrf: '', token: OPERATOR_TOKEN })).toMatchObject({
        status: 403,
      });
      await operator.get('/');
      expect(await operator.post('/sign-in/operator', { token: OPERATOR_TOKEN })).toMatchObject({
        status: 200,
        path: '/',
      });
      expect(open.operatorAddress).toBe(open.address);
    });

    test('has cookies of this host alone, which travel over https alone, and browsers are told to stay there', async () => {
      const operator = open.visitor();
      await operator.get('/');
      const { body } = await operator.get('/');
      const csrf = /name="csrf"\s+value="([^"]+)"/.exec(body)![1]!;
      const answer = await operator.once('/sign-in/operator', {
        method: 'POST',
        body: new URLSearchParams({ csrf, token: OPERATOR_TOKEN }),
      });
      expect([...operator.cookies.keys()]).toEqual(['__Host-console_operator']);
      for (const cookie of answer.headers.getSetCookie()) expect(cookie).toMatch(/^__Host-.*; Path=\/; .*Secure/);
      expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000');
      expect(await operator.get('/')).toMatchObject({ status: 200 });
      expect(await operator.post('/sign-out')).toMatchObject({ status: 401 });
      expect([...operator.cookies.keys()]).toEqual(['__Host-console_visitor']);
    });
  });

  test('a proxy of this machine makes it one, whatever the host is', async () => {
    await expect(startTestConsole(database, { https: true, config: { jwtSecret: null } })).rejects.toThrow(
      /^E_CONSOLE_OPEN: whoever reaches its proxy/,
    );
    const behind = await startTestConsole(database, { https: true });
    const somebody = behind.visitor();
    const answer = await somebody.once('/');
    expect(answer.headers.getSetCookie().join()).toMatch(/^__Host-console_visitor=.*; Secure/);
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000');
    await behind.close();
  });

  test('a port that is taken is named', async () => {
    const port = Number(new URL(console.address).port);
    await expect(startTestConsole(database, { port })).rejects.toThrow(
      `E_CONSOLE_LISTEN: cannot listen on 127.0.0.1:${port} (EADDRINUSE)`,
    );
  });
});

describe('every page', () => {
  test.each(['/', '/never-was-there', '/style.css', '/?token=wrong'])(
    '%s lets nothing in but this origin’s own files',
    async (path) => {
      const { headers } = await (await console.operator()).get(path);
      const policy = headers.get('content-security-policy')!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|data:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    },
  );

  test('is kept nowhere on its way, and holds no script and no style of its own', async () => {
    const { headers, body } = await (await console.operator()).get('/');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).not.toMatch(/ style="|<style|<script(?! src="\/enhance\.js")| on\w+="/);
  });

  test('that is not there is said not to be, with 404', async () => {
    const { status, body } = await (await console.operator()).get('/never-was-there');
    expect(status).toBe(404);
    expect(pageText(body)).toContain('There is no such page');
  });

  test('is logged without whose it is', async () => {
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    await (await console.operator()).get(`/mentors/${id}`);
    const lines = console.log.join('');
    expect(lines).toContain('"path":"/mentors/:id"');
    expect(lines).not.toContain(id);
  });

  test('is refused to a stranger, whatever it is', async () => {
    for (const path of ['/', '/sweeps', '/never-was-there'])
      expect(await console.visitor().get(path)).toMatchObject({ status: 401 });
  });

  test('changes its language by a link that leads nowhere else', async () => {
    const operator = await console.operator();
    expect((await operator.get('/language/nb?back=/?a=1')).body).toContain('<html lang="nb"');
    for (const back of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)'])
      expect((await operator.once(`/language/nb?back=${encodeURIComponent(back)}`)).headers.get('location')).toBe('/');
  });

  test('without a browser’s timezone shows times of the organisation, for a person that of their own', async () => {
    const chapterId = await chapter(database.db, { timezone: 'Europe/London' });
    for (const _ of [1, 2]) await organization(database.db, { timezone: 'Europe/Helsinki' });
    const person = await console.person(await mentor(database.db, { chapterId }));
    expect((await person.get('/')).body).toContain('data-timezone="Europe/London"');
    expect((await (await console.operator()).get('/')).body).toContain('data-timezone="Europe/Helsinki"');
    await database.db.deleteFrom('users').execute();
    await database.db.deleteFrom('chapters').execute();
    await database.db.deleteFrom('organizations').execute();
  });

  test('does not believe a timezone that there is not', async () => {
    const operator = await console.operator();
    operator.cookies.set('console_timezone', 'Mars/Olympus"><script>');
    expect((await operator.get('/')).body).toContain('data-timezone="Europe/Oslo"');
  });
});

describe('a form', () => {
  test('without its token, with that of somebody else, or sent from elsewhere changes nothing', async () => {
    const operator = await console.operator();
    await operator.get('/');
    expect(await operator.post('/sign-out', { csrf: '' })).toMatchObject({ status: 403 });
    const { body } = await console.visitor().get('/');
    const other = /name="csrf"\s+value="([^"]+)"/.exec(body)?.[1] ?? 'none';
    expect(await operator.post('/sign-out', { csrf: other })).toMatchObject({ status: 403 });
    await operator.get('/');
    expect(await operator.post('/sign-out', {}, { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 });
    expect(await operator.get('/')).toMatchObject({ status: 200 });
  });

  test('that is huge is a page with 413, whether or not it says so beforehand', async () => {
    const operator = await console.operator();
    const huge = 'x'.repeat(300_000);
    const answer = await operator.post('/sweeps/halt', { note: huge });
    expect(answer.status).toBe(413);
    expect(pageText(answer.body)).toContain('The form holds more than 256 KiB. Nothing was changed.');
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(huge));
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const streamed = await operator.once('/sweeps/halt', {
      method: 'POST',
      body,
      headers,
      duplex: 'half',
    } as RequestInit);
    expect(streamed.status).toBe(413);
  });
});

test('a database that goes away is a page with 503, and nobody but the operator learns which', async () => {
  const doomed = await createDatabase();
  const other = await startTestConsole(doomed);
  const operator = await other.operator();
  await doomed.drop();
  const { csrf } = /name="csrf"\s+value="(?<csrf>[^"]+)"/.exec((await operator.get('/never-was-there')).body)!.groups!;
  const asked = await operator.post('/sweeps/halt', { csrf: csrf!, note: 'why', confirmed: 'yes' });
  expect(asked.status).toBe(503);
  expect(pageText(asked.body)).toContain('Nobody knows whether it was done. Look before you try again.');
  const { status, body } = await operator.get('/');
  expect(status).toBe(503);
  expect(pageText(body)).toContain('Try again in a moment.');
  expect(pageText(body)).toContain('The database does not answer');
  expect(body).toContain('E_DATABASE');
  const person = await (await other.person('00000000-0000-4000-8000-000000000001')).get('/');
  expect(person.status).toBe(503);
  expect(person.body).not.toMatch(/test_[0-9a-f]{12}|does not exist/);
  await other.close();
});

describe('variables that are wrong', () => {
  test('are named together, with what was expected, and without their values', () => {
    const env = {
      DATABASE_URL: 'postgres://u:p@h/d',
      CONSOLE_TOKEN: 'short',
      SUPABASE_URL: 'http://project.example.org',
      SUPABASE_JWT_SECRET: 'brief',
    };
    const message = messageOf(() => readConsoleConfig(env));
    expect(message).toContain('CONSOLE_TOKEN: expected 32 characters or more');
    expect(message).toContain('SUPABASE_URL: expected an address such as https://');
    expect(message).toContain('SUPABASE_ANON_KEY: expected the public key');
    expect(message).toContain('SUPABASE_JWT_SECRET: expected 32 characters or more');
    expect(message).not.toMatch(/short|brief/);
  });

  test('include a file of the token that cannot be read', () => {
    const env = { DATABASE_URL: 'postgres://u:p@h/d', CONSOLE_TOKEN_FILE: '/nowhere/token' };
    expect(messageOf(() => readConsoleConfig(env))).toContain(
      'CONSOLE_TOKEN_FILE: expected a file that can be read (ENOENT)',
    );
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
