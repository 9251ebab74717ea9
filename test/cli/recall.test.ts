import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { begin, dispatchAs, recordsOf, takeOver } from '../db/claiming.ts';
import { commandsOnClaims } from './commands-on-claims.ts';

const now = new Date();
const { database, repository, run, json, claimed, statesOf, forgetAll, close } = await commandsOnClaims(now);
afterAll(close);
beforeEach(forgetAll);

describe('recall', () => {
  test('withdraws what has not left, leaves alone what may have, and counts both', async () => {
    const { batchKey } = await claimed(5);
    const fence = await takeOver(repository, batchKey, now);
    const [first] = await begin(repository, batchKey, fence, now);
    await sql`delete from delivery_attempts where claim_id <> ${first!.claim_id}`.execute(database.db);

    expect((await run('recall', '--scenario', 'inactivity')).out).toMatch(
      /^withdrew 4: .*\nleft 1 alone: they may have left already/,
    );
    expect((await statesOf(batchKey)).sort()).toEqual(['open', 'released', 'released', 'released', 'released']);
    expect(await json('runs')).toMatchObject([{ claimed: 5, withdrawn: 4, unknown: 1 }]);
    expect(await json('recall', '--all')).toEqual([{ withdrawn: 0, left_alone: 1 }]);
  });

  test('of one sweep leaves the claims of others', async () => {
    const a = await claimed(2);
    const b = await claimed(1, 'welcome_back', 'sweep-b');
    expect(await json('recall', '--sweep', 'sweep-b')).toEqual([{ withdrawn: 1, left_alone: 0, sent: 0 }]);
    expect([await statesOf(a.batchKey), await statesOf(b.batchKey)]).toEqual([['open', 'open'], ['released']]);
  });

  test('of one scenario type leaves the claims of the others', async () => {
    const a = await claimed(2);
    const b = await claimed(1, 'welcome_back', 'sweep-b');
    expect(await json('recall', '--scenario', 'inactivity')).toEqual([{ withdrawn: 2, left_alone: 0 }]);
    expect([await statesOf(a.batchKey), await statesOf(b.batchKey)]).toEqual([['released', 'released'], ['open']]);
  });

  test('of what was sent says so and changes nothing; the run that has ended is summed again where something was withdrawn', async () => {
    const { batchKey, users } = await claimed(1);
    await dispatchAs(repository, batchKey, now);
    await repository.countBatch(batchKey, now);
    await repository.sumRun({ workflowId: 'sweep-a', firstRunId: 'sweep-a', end: { at: now, state: 'finished' } });
    const { code, out } = await run('recall', '--sweep', 'sweep-a');
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^nothing was withdrawn.*\n1 of it was sent already/),
    });
    expect(await recordsOf(database.db, users[0]!)).toMatchObject([{ delivery_status: 'sent' }]);
    expect(await json('runs')).toMatchObject([{ state: 'finished', sent: 1, withdrawn: 0 }]);
  });

  test('needs to know what, and a sweep that there is', async () => {
    expect(await run('recall')).toMatchObject({ code: 2, error: expect.stringMatching(/^E_RECALL_WHAT/) });
    expect(await run('recall', '--all', '--scenario', 'milestone')).toMatchObject({ code: 2 });
    expect(await run('recall', '--sweep', 'sweep-z')).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^E_SWEEP_UNKNOWN.*sweep-z/),
    });
  });
});
