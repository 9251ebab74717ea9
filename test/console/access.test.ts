import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { OPERATOR_TOKEN, startTestConsole, type TestConsole } from '../support/console.ts';

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
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('console_operator='))!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).not.toMatch(/Secure/);
    expect(cookie).not.toContain(OPERATOR_TOKEN);
    expect(await somebody.get('/')).toMatchObject({ status: 200 });
  });

  test('stays outside with another token', async () => {
    const somebody = console.visitor();
    expect(await somebody.get(`/?token=${OPERATOR_TOKEN}x`)).toMatchObject({ status: 401 });
    expect(await somebody.get('/')).toMatchObject({ status: 401 });
  });

  test('is out again after signing out', async () => {
    const operator = await console.operator();
    await operator.get('/');
    expect(await operator.post('/sign-out')).toMatchObject({ status: 401, path: '/' });
  });
});
