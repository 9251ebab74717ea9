import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { MINUTE } from '../../domain/durations.ts';
import { mentor } from '../support/factories.ts';
import { consoleOnDatabase, pageText, type Answer } from '../support/console.ts';
import { heldClaims, SCRIPT, NOW } from './people.ts';

/** After the last that is held, each a minute later than the one before. */
const LATER = new Date(NOW.getTime() + 10 * MINUTE);
let now = NOW;

const { database, console, operator, close } = await consoleOnDatabase({ clock: () => now });
afterAll(close);
beforeEach(async () => {
  now = NOW;
  await sql`truncate users, evaluation_batches cascade`.execute(database.db);
});

const nb = { 'accept-language': 'nb' };
const held = (n: number, scenarioType?: string) => heldClaims(database, n, scenarioType);

async function statesOf(keys: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ state: string }>`
    select c.state from unnest(${[...keys]}::text[]) with ordinality k (key, n)
    join scenario_claims c on c.idempotency_key = k.key order by k.n`.execute(database.db);
  return rows.map(({ state }) => state);
}

const keysIn = (body: string) => [...body.matchAll(/name="key"\s+value="([0-9a-f]{64})"/g)].map(([, key]) => key!);

/** Chooses these on the list, and answers the question that comes. */
async function decide(decision: string, fields: [string, string][], note = ''): Promise<Answer> {
  await operator.get('/held');
  const question = await operator.post('/held/confirm', [['decision', decision], ...fields]);
  expect(question.status).toBe(200);
  return operator.post('/held/decide', [...hiddenIn(question.body), ['note', note]]);
}
const hiddenIn = (body: string): [string, string][] =>
  [...body.matchAll(/name="(decision|which|scenario|until|n|key)"\s+value="([^"]*)"/g)].map(([, name, value]) => [
    name!,
    value!,
  ]);
const chosen = (...keys: string[]) => keys.map((key): [string, string] => ['key', key]);

describe('Held', () => {
  test('says that nothing is held', async () => {
    const { status, body } = await operator.get('/held');
    expect(status).toBe(200);
    expect(body).toContain('Nothing is held.');
    expect((await operator.get('/held', nb)).body).toContain('Ingenting er til avgjørelse.');
  });

  test('lists what is held, the oldest first, with why', async () => {
    const keys = await held(3);
    const { body } = await operator.get('/held');
    expect(keysIn(body)).toEqual(keys);
    expect(pageText(body)).toContain('3 are held.');
    expect(pageText(body)).toContain('the rule says that it is not tried again');
    expect(keysIn((await operator.get('/held?scenario=milestone')).body)).toEqual([]);
  });

  test('settles those that are chosen after asking, with a note, and leaves the others', async () => {
    const keys = await held(3);
    const { body, path } = await decide('settle', chosen(keys[0]!, keys[2]!), SCRIPT);
    expect(path).toMatch(/^\/held\?done=settle&n=2&left=0$/);
    expect(await statesOf(keys)).toEqual(['sent', 'held', 'sent']);
    expect(pageText(body)).toContain('2 settled: their records say sent.');
    expect(body).toContain('Decided lately, with a note');
    expect(body).toContain('&lt;script&gt;alert(1)');
    expect(body).not.toContain(SCRIPT);
    const { rows } = await sql`select from scenario_notifications where delivery_status = 'sent'`.execute(database.db);
    expect(rows).toHaveLength(2);
  });

  test('releases all of a scenario, and nothing else', async () => {
    now = LATER;
    const [first, second] = [await held(2), await held(2, 'milestone')];
    await decide('release', [
      ['which', 'all'],
      ['scenario', 'milestone'],
    ]);
    expect(await statesOf(first)).toEqual(['held', 'held']);
    expect(await statesOf(second)).toEqual(['released', 'released']);
  });

  test('releases all that were held when the question was asked, and none that came since', async () => {
    const keys = await held(3);
    now = new Date(NOW.getTime() + 2 * MINUTE);
    await operator.get('/held');
    const question = await operator.post('/held/confirm', { decision: 'release', which: 'all' });
    expect(pageText(question.body)).toContain('This is about 2 notifications.');
    now = LATER;
    await sql`update scenario_claims set state = 'sent' where idempotency_key = ${keys[0]!}`.execute(database.db);
    const { path } = await operator.post('/held/decide', hiddenIn(question.body));
    expect(path).toBe('/held?done=release&n=1&left=1');
    expect(await statesOf(keys)).toEqual(['sent', 'released', 'held']);
  });

  test.each([
    ['no instant', [['n', '1']]],
    ['no number', [['until', LATER.toISOString()]]],
    [
      'a scenario that there is not',
      [
        ['n', '1'],
        ['until', LATER.toISOString()],
        ['scenario', 'inactivit'],
      ],
    ],
  ] as [string, [string, string][]][])('never takes a form with %s for all', async (_, fields) => {
    const keys = await held(1);
    await operator.get('/held');
    const all: [string, string][] = [['decision', 'release'], ['which', 'all'], ...fields];
    expect(await operator.post('/held/decide', all)).toMatchObject({ status: 404 });
    expect(await statesOf(keys)).toEqual(['held']);
  });

  test('says what somebody else decided meanwhile, and leaves it as it is', async () => {
    const keys = await held(2);
    await operator.get('/held');
    await sql`update scenario_claims set state = 'sent' where idempotency_key = ${keys[0]!}`.execute(database.db);
    const { body } = await operator.post('/held/decide', [
      ['decision', 'release'],
      ['which', 'chosen'],
      ...chosen(...keys),
    ]);
    expect(pageText(body)).toContain('1 released: the next evaluation may send it. 1 was left alone');
    expect(await statesOf(keys)).toEqual(['sent', 'released']);
  });

  test.each([
    ['nothing that is chosen', [['decision', 'settle']], 200],
    [
      'a key that is none',
      [
        ['decision', 'settle'],
        ['key', SCRIPT],
      ],
      200,
    ],
    [
      'a decision that there is not',
      [
        ['decision', 'burn'],
        ['which', 'all'],
      ],
      404,
    ],
    ['no decision', [['which', 'all']], 404],
  ] as [string, [string, string][], number][])('changes nothing for %s', async (_, fields, status) => {
    const keys = await held(1);
    await operator.get('/held');
    expect(await operator.post('/held/confirm', fields)).toMatchObject({ status });
    expect(await statesOf(keys)).toEqual(['held']);
  });

  test.each([
    ['two lines', 'a\nb'],
    ['501 characters', 'x'.repeat(501)],
  ])('asks again for a note of %s, which it keeps', async (_, note) => {
    const keys = await held(1);
    await operator.get('/held');
    const fields: [string, string][] = [
      ['decision', 'settle'],
      ['which', 'chosen'],
      ['note', note],
      ...chosen(...keys),
    ];
    const { status, body } = await operator.post('/held/decide', fields);
    expect(status).toBe(400);
    expect(body).toContain('Expected at most 500 characters');
    expect(keysIn(body)).toEqual(keys);
    expect(await statesOf(keys)).toEqual(['held']);
  });

  test('changes nothing without the form’s token', async () => {
    const keys = await held(1);
    const fields: [string, string][] = [
      ['csrf', 'x'],
      ['decision', 'settle'],
      ['which', 'all'],
    ];
    expect(await operator.post('/held/decide', fields)).toMatchObject({ status: 403 });
    expect(await statesOf(keys)).toEqual(['held']);
  });

  test('of 10,000 comes in pages, each once', async () => {
    const keys = await held(10_000);
    const found: string[] = [];
    let path = '/held';
    for (let i = 0; i < 3; i++) {
      const { body } = await operator.get(path);
      expect(pageText(body)).toContain('10,000 are held.');
      found.push(...keysIn(body));
      path = /rel="next" href="([^"]+)"/.exec(body)![1]!.replaceAll('&amp;', '&');
    }
    expect(found).toEqual(keys.slice(0, 150));
    expect(await operator.get('/held?after=nonsense')).toMatchObject({ status: 200 });
  });

  test('is not there for persons', async () => {
    const keys = await held(1);
    const person = await console.person(await mentor(database.db, { role: 'administrator' }));
    expect(await person.get('/held')).toMatchObject({ status: 404 });
    for (const path of ['/held/confirm', '/held/decide'])
      expect(
        await person.post(path, [
          ['decision', 'settle'],
          ['which', 'all'],
        ]),
      ).toMatchObject({ status: 404 });
    expect(await statesOf(keys)).toEqual(['held']);
  });
});
