import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { HOUR, MINUTE } from '../../domain/durations.ts';
import { begin, takeOver } from '../db/claiming.ts';
import { commandsOnClaims, NOTE, UNKNOWN } from './commands-on-claims.ts';

const now = new Date();
const { database, repository, run, json, claimed, forgetAll, close } = await commandsOnClaims(now);
afterAll(close);
beforeEach(forgetAll);

describe('explain', () => {
  test.each([
    ['opted_out', 'withdrawn: opted out meanwhile'],
    ['not_active', 'withdrawn: no longer an active peer mentor'],
    ['rule_off', 'withdrawn: the rule was switched off'],
    ['no_longer_due', 'withdrawn: no longer due'],
    ['stopped', 'withdrawn: its sweep was stopped'],
  ])('says %s in words', async (reason, words) => {
    const { batchKey, users } = await claimed(1);
    await sql`update scenario_claims set state = 'released', release_reason = ${reason}, settled_at = now()
      where batch_key = ${batchKey}`.execute(database.db);
    expect((await run('explain', '--mentor', users[0]!, '--scenario', 'inactivity')).out).toContain(words);
  });

  test('says what a claim waits for: a worker, hours, its next attempt, the push service, the end of a halt, a recall', async () => {
    const { batchKey, users } = await claimed(1);
    const explain = ['explain', '--mentor', users[0]!, '--scenario', 'inactivity'];
    const history = async () => {
      const [answer] = (await json(...explain)) as { scenarios: { history: { waits: unknown }[] }[] }[];
      return answer!.scenarios[0]!.history[0]!.waits;
    };
    expect(await history()).toEqual({ for: 'worker', until: null, reason: null });
    expect((await run(...explain)).out).toMatch(
      /claimed, not sent yet[^]*as soon as a worker takes it up; its time to live ends/,
    );

    const setSendAt = (at: Date | null) =>
      database.db.updateTable('scenario_claims').set({ send_at: at }).where('batch_key', '=', batchKey).execute();
    const opens = new Date(now.getTime() + 2 * HOUR);
    await setSendAt(opens);
    expect(await history()).toEqual({ for: 'hours', until: opens.toISOString(), reason: null });
    expect((await run(...explain)).out).toContain(`waits: their hours begin at ${opens.toISOString()} (`);
    await setSendAt(null);

    const fence = await takeOver(repository, batchKey, now);
    const attempts = await begin(repository, batchKey, fence, now);
    await repository.learnOutcomes(
      attempts.map((attempt) => ({ ...attempt, outcome: UNKNOWN, answered_at: now })),
      now,
    );
    await repository.settleClaims({
      batchKey,
      fence,
      now,
      unknownRetryDelaysMs: [HOUR],
      refusedRetryDelaysMs: [0],
      giveUpAfterMs: HOUR,
    });
    const next = new Date(now.getTime() + HOUR).toISOString();
    expect(await history()).toEqual({ for: 'next_attempt', until: next, reason: null });
    expect((await run(...explain)).out).toContain(`may have arrived, and is tried again`);
    expect((await run(...explain)).out).toContain(`waits: tried next at ${next}`);

    await repository.closeGate({
      projectId: 'p',
      reason: 'quota',
      askedMs: MINUTE,
      firstPauseMs: 1,
      longestPauseMs: 1,
      jitter: 0,
    });
    expect(await history()).toEqual({ for: 'push_service', until: next, reason: 'quota' });
    await run('halt', '--note', NOTE);
    expect(await history()).toEqual({ for: 'end_of_halt', until: null, reason: NOTE });
    expect((await run(...explain)).out).toContain(`waits: all sending is halted ("${NOTE}")`);
  });

  test('a recalled notification says so, and waits for nothing', async () => {
    const { users } = await claimed(1);
    await run('recall', '--all');
    expect((await run('explain', '--mentor', users[0]!, '--scenario', 'inactivity')).out).toContain(
      'withdrawn: recalled by an operator',
    );
  });
});
