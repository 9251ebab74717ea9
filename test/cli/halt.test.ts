import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readDispatchState } from '../../db/dispatch-state.ts';
import { currentHalt } from '../../db/halts.ts';
import { HOUR } from '../../domain/durations.ts';
import { begin, takeOver } from '../db/claiming.ts';
import { jsonLines } from '../support/in-process.ts';
import { commandsOnClaims, NOTE } from './commands-on-claims.ts';

const now = new Date();
const { database, repository, run, json, claimed, forgetAll, close } = await commandsOnClaims(now);
afterAll(close);
beforeEach(forgetAll);

describe('halt', () => {
  test('stops sending until it is ended, and says so when asked', async () => {
    const { batchKey } = await claimed(2);
    expect((await run('halt')).out).toBe('sending is not halted; 2 notifications wait to be sent\n');
    expect(await run('halt', '--note', NOTE)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^halted: .*2 noti/),
    });
    const fence = await takeOver(repository, batchKey, now);
    expect(await begin(repository, batchKey, fence, now)).toEqual([]);
    expect(await json('halt', '--status')).toMatchObject([
      { halted: true, note: NOTE, change: 'unchanged', waiting: 2 },
    ]);
    expect((await run('halt')).out).toMatch(new RegExp(`^all sending is halted since .*: "${NOTE}"; 2 noti`));

    expect((await run('halt', '--end')).out).toMatch(/^ended: .*"the text names the wrong year"\)\n$/);
    expect(await currentHalt(database.db)).toBeNull();
    expect(await begin(repository, batchKey, fence, now)).toHaveLength(2);
  });

  test('a second halt leaves the first in force, with its note', async () => {
    await run('halt', '--note', NOTE);
    const { code, out } = await run('halt', '--note', 'something else');
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(new RegExp(`"${NOTE}".*\n.*nothing changed\n$`)),
    });
    expect(await database.db.selectFrom('sending_halts').select('note').execute()).toEqual([{ note: NOTE }]);
  });

  test('ending what is not halted changes nothing and says so', async () => {
    expect(await run('halt', '--end')).toMatchObject({ code: 0, out: 'sending was not halted; nothing changed\n' });
    expect(await json('halt', '--end')).toEqual([
      { halted: false, note: null, since: null, change: 'unchanged', waiting: 0 },
    ]);
  });

  test.each([[''], ['   '], ['123'], ['!!'], ['two\nlines'], ['x'.repeat(501)]])(
    'without a note in words, such as %j, it is refused',
    async (note) => {
      const { code, error } = await run('halt', '--note', note);
      expect({ code, error }).toEqual({ code: 2, error: expect.stringMatching(/expected why, in words/) });
      expect(await currentHalt(database.db)).toBeNull();
    },
  );

  test('--note and --end together are refused', async () => {
    expect(await run('halt', '--end', '--note', NOTE)).toMatchObject({
      code: 2,
      error: expect.stringMatching(/cannot be used/),
    });
  });

  test('runs says on standard error that sending is halted, and prints its lines as before', async () => {
    await claimed(1);
    expect((await run('runs', '--json')).error).toBe('');
    await run('halt', '--note', NOTE);
    const { out, error } = await run('runs', '--json');
    expect(error).toMatch(new RegExp(`^all sending is halted since .*"${NOTE}"; nothing is sent until`));
    expect(JSON.parse(out)).toMatchObject({ state: 'running', claimed: 1 });
  });

  test('doctor counts a halt as something to do, and a closed push service as something that passes', async () => {
    const sending = async () => {
      const { out } = await run('doctor', '--json');
      return jsonLines<{ check: string; ok: boolean; detail: string }>(out).find(
        (finding) => finding.check === 'sending',
      );
    };
    expect(await sending()).toMatchObject({ ok: true, detail: 'not halted, and the push service is open' });
    await repository.closeGate({
      projectId: 'p',
      reason: 'messaging/server-unavailable',
      askedMs: HOUR,
      firstPauseMs: 1,
      longestPauseMs: 1,
      jitter: 0,
    });
    expect(await sending()).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/project p is closed until .*server-unavailable/),
    });
    await run('halt', '--note', NOTE);
    expect(await sending()).toMatchObject({ ok: false, detail: expect.stringMatching(/^E_HALTED: .*halt --end/) });
  });

  test('a halt and a closed push service are measured', async () => {
    const measured = () => readDispatchState(database.worker.db, now);
    expect(await measured()).toMatchObject({ is_halted: false, is_gate_closed: false });
    await run('halt', '--note', NOTE);
    await repository.closeGate({
      projectId: 'p',
      reason: 'quota',
      askedMs: HOUR,
      firstPauseMs: 1,
      longestPauseMs: 1,
      jitter: 0,
    });
    expect(await measured()).toMatchObject({ is_halted: true, is_gate_closed: true });
    await run('halt', '--end');
    await repository.endProbe('p', true);
    expect(await measured()).toMatchObject({ is_halted: false, is_gate_closed: false });
  });
});
