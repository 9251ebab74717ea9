import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { notedDecisions } from '../../db/held.ts';
import { MINUTE } from '../../domain/durations.ts';
import { recordsOf } from '../db/claiming.ts';
import { commandsOnClaims } from './commands-on-claims.ts';

const now = new Date();
const { database, run, json, claimed, held, keysOf, statesOf, forgetAll, close } = await commandsOnClaims(now);
afterAll(close);
beforeEach(forgetAll);

describe('held', () => {
  test('list shows what became of the attempts, of the types and since the instant asked for', async () => {
    const { keys } = await held(1);
    await held(2, 'welcome_back', new Date(now.getTime() + MINUTE));
    const { out } = await run('held', 'list');
    expect(out).toMatch(
      new RegExp(
        `^${keys[0]!.slice(0, 12)}  inactivity, held since [^]*? why +messaging/server-unavailable, the rule says hold`,
      ),
    );
    expect((await json('held', 'list')).map((line) => line['scenario_type'])).toEqual([
      'inactivity',
      'welcome_back',
      'welcome_back',
    ]);
    expect(await json('held', 'list', '--scenario', 'inactivity')).toMatchObject([
      {
        idempotency_key: keys[0],
        attempts: 1,
        error_codes: ['messaging/server-unavailable'],
        last_attempt_at: now.toISOString(),
      },
    ]);
    const since = ['--since', new Date(now.getTime() + MINUTE).toISOString()];
    expect(await json('held', 'list', ...since)).toHaveLength(2);
    expect((await run('held', 'list', '--limit', '1')).out).toMatch(/\nand 2 more: --limit\n$/);
  });

  test('a prefix of eight digits settles the one that it begins; seven are refused', async () => {
    const { keys, batchKey, users } = await held(1);
    expect(await run('held', 'settle', keys[0]!.slice(0, 7))).toMatchObject({ code: 2 });
    expect(await statesOf(batchKey)).toEqual(['held']);
    expect(await json('held', 'settle', keys[0]!.slice(0, 8).toUpperCase())).toEqual([
      { idempotency_key: keys[0], status: 'settled' },
    ]);
    expect(await recordsOf(database.db, users[0]!)).toMatchObject([{ delivery_status: 'sent' }]);
  });

  test('a note is kept with what it is about; one of 501 characters is refused', async () => {
    const { keys } = await held(2);
    expect(await run('held', 'settle', keys[0]!, '--note', 'x'.repeat(501))).toMatchObject({ code: 2 });
    expect(await notedDecisions(database.worker.db, 10)).toEqual([]);
    await json('held', 'settle', keys[0]!, '--note', ' they called back ');
    await json('held', 'release', keys[1]!, '--note', 'x'.repeat(500));
    expect((await notedDecisions(database.worker.db, 10)).map(({ state, note }) => [state, note]).toSorted()).toEqual([
      ['released', 'x'.repeat(500)],
      ['sent', 'they called back'],
    ]);
  });

  test('a prefix of several lists them and changes nothing, also of the other keys', async () => {
    const { batchKey } = await held(3);
    const alike = ['a', 'b'].map((last) => `12345678${last}`.padEnd(64, '0'));
    const before = await keysOf(batchKey);
    for (const [i, key] of alike.entries()) {
      await sql`update scenario_claims set idempotency_key = ${key} where idempotency_key = ${before[i]!}`.execute(
        database.db,
      );
    }
    const { code, error } = await run('held', 'release', before[2]!, '12345678');
    expect(code).toBe(2);
    expect(error).toMatch(/^E_KEY_AMBIGUOUS: 12345678 begins several keys/);
    for (const key of alike) expect(error).toContain(key);
    expect(await statesOf(batchKey)).toEqual(['held', 'held', 'held']);
    expect(await json('held', 'settle', '12345678a')).toEqual([{ idempotency_key: alike[0], status: 'settled' }]);
  });

  test('one that was settled or released before says so, ends with 1 and changes nothing', async () => {
    const { keys, batchKey } = await held(2);
    await run('held', 'settle', keys[0]!);
    await run('held', 'release', keys[1]!);
    const again = await run('held', 'release', keys[0]!.slice(0, 12));
    expect(again).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^E_NOT_HELD: .* is settled since .*Z: its record says sent/),
    });
    expect(await run('held', 'settle', keys[1]!)).toMatchObject({
      code: 1,
      error: expect.stringMatching(/was released at .*Z/),
    });
    expect((await statesOf(batchKey)).sort()).toEqual(['released', 'sent']);
    const records = database.db.selectFrom('scenario_notifications').select(['idempotency_key', 'delivery_status']);
    expect(await records.execute()).toEqual([{ idempotency_key: keys[0], delivery_status: 'sent' }]);
    expect(await run('held', 'settle', 'f'.repeat(64))).toMatchObject({
      code: 1,
      error: expect.stringMatching(/the key of no notification/),
    });
  });

  test('one that is still being sent is not decided', async () => {
    const { batchKey } = await claimed(1);
    const [key] = await keysOf(batchKey);
    expect(await run('held', 'settle', key!)).toMatchObject({
      code: 1,
      error: expect.stringMatching(/it is still being sent/),
    });
  });

  test('in bulk decides those of the types and since the instant, and no others', async () => {
    const old = await held(2);
    const young = await held(2, 'welcome_back', new Date(now.getTime() + MINUTE));
    expect((await run('held', 'release', '--scenario', 'welcome_back')).out).toBe('released 2: 2 welcome_back\n');
    expect([await statesOf(old.batchKey), await statesOf(young.batchKey)]).toEqual([
      ['held', 'held'],
      ['released', 'released'],
    ]);
    expect((await run('held', 'settle', '--since', new Date(now.getTime() + 1).toISOString())).out).toMatch(
      /^nothing of it is held/,
    );
    expect((await json('held', 'settle', '--all')).map((line) => line['status'])).toEqual(['settled', 'settled']);
    expect(await statesOf(old.batchKey)).toEqual(['sent', 'sent']);
    expect((await run('held', 'settle', '--all')).out).toBe('nothing of it is held; nothing changed\n');
  });

  test.each([[[]], [['--all', 'f'.repeat(64)]], [['--all', '--scenario', 'milestone']]])(
    '%j is misuse',
    async (args) => {
      expect(await run('held', 'settle', ...args)).toMatchObject({ code: 2 });
    },
  );
});
