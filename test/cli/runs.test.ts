import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dispatchAs } from '../db/claiming.ts';
import { commandsOnClaims } from './commands-on-claims.ts';

const now = new Date();
const { repository, run, json, claimed, forgetAll, close } = await commandsOnClaims(now);
afterAll(close);
beforeEach(forgetAll);

describe('runs', () => {
  test('counts what has not ended as it is now, and says how the others ended', async () => {
    const { batchKey } = await claimed(2);
    const [running] = await json('runs');
    expect(running).toMatchObject({
      state: 'running',
      end_state: null,
      mentors_evaluated: 2,
      candidates: 2,
      claimed: 2,
      sent: 0,
    });
    await dispatchAs(repository, batchKey, now);
    await repository.countBatch(batchKey, now);
    expect(await json('runs')).toMatchObject([{ state: 'running', sent: 2 }]);
    await repository.sumRun({ workflowId: 'sweep-a', firstRunId: 'sweep-a', end: { at: now, state: 'terminated' } });
    expect(await json('runs')).toMatchObject([{ state: 'terminated', sent: 2, withdrawn: 0 }]);
    expect((await run('runs')).out).toMatch(
      /^sweep-a\n  started .*\n  inactivity: terminated\n +mentors +2\n +due +2\n +claimed +2: 2 sent\n$/,
    );
  });
});
