import { describe, expect, test } from '@jest/globals';
import { withdrawClaims } from '../../db/withdrawals.ts';
import { endHalt, startHalt } from '../../db/halts.ts';
import { DAY, HOUR, MINUTE } from '../../domain/durations.ts';
import { rangeOfMentor } from '../../domain/mentor-range.ts';
import { CHECK_AGAIN_AFTER } from '../../domain/timing.ts';
import { claimRequest, claimsOf, logOf, recordsOf } from '../db/claiming.ts';
import { chapter, daysBefore, rule } from '../support/factories.ts';
import {
  after,
  asOf,
  claim,
  dueMentor,
  openGate,
  pass,
  postsTo,
  sender,
  service,
  setUpDispatching,
} from './dispatching.ts';

setUpDispatching();

/** A mentor under a rule of their chapter's own. */
async function dueInChapter(answers: Parameters<typeof dueMentor>[0] = []) {
  const chapterId = await chapter(service.db);
  const ruleId = await rule(service.db, { scenarioType: 'inactivity', chapterId, parameters: { inactive_days: 30 } });
  return { chapterId, ruleId, ...(await dueMentor(answers, { chapterId, activities: [daysBefore(asOf, 40)] })) };
}
type Due = Awaited<ReturnType<typeof dueInChapter>>;

const optOut = ({ id }: Due) =>
  service.db
    .insertInto('notification_preferences')
    .values({ user_id: id, scenario_type: 'inactivity', enabled: false })
    .execute();

describe('a claim is withdrawn when, at the moment of sending,', () => {
  test.each<[string, string, (due: Due) => Promise<unknown>]>([
    ['the mentor has opted out', 'opted_out', optOut],
    [
      'the mentor is no longer active',
      'not_active',
      ({ id }) => service.db.updateTable('users').set({ status: 'inactive' }).where('id', '=', id).execute(),
    ],
    [
      'the mentor is no peer mentor any more',
      'not_active',
      ({ id }) => service.db.updateTable('users').set({ role: 'coordinator' }).where('id', '=', id).execute(),
    ],
    [
      'the rule is disabled',
      'rule_off',
      ({ ruleId }) =>
        service.db.updateTable('scenario_rules').set({ enabled: false }).where('id', '=', ruleId).execute(),
    ],
    [
      'a rule nearer by has switched the scenario off',
      'rule_off',
      async ({ ruleId, chapterId }) => {
        const { organization_id } = await service.db
          .selectFrom('chapters')
          .select('organization_id')
          .where('id', '=', chapterId)
          .executeTakeFirstOrThrow();
        // Claimed under the organisation's rule; the chapter's is of later.
        await service.db
          .updateTable('scenario_rules')
          .set({ chapter_id: null, organization_id })
          .where('id', '=', ruleId)
          .execute();
        await rule(service.db, { scenarioType: 'inactivity', chapterId, enabled: false });
      },
    ],
    [
      'the mentor has left their chapter',
      'not_active',
      ({ id }) => service.db.updateTable('users').set({ chapter_id: null }).where('id', '=', id).execute(),
    ],
    [
      'the rule is gone',
      'rule_off',
      ({ ruleId }) => service.db.deleteFrom('scenario_rules').where('id', '=', ruleId).execute(),
    ],
  ])('%s', async (_, reason, change) => {
    const due = await dueInChapter();
    const batch = await claim();
    await change(due);
    expect((await pass(batch)).counts).toMatchObject({ withdrawn: 1, sent: 0, failed: 0, unknown: 0, open: 0 });
    expect(await claimsOf(service.db, due.id)).toMatchObject([{ state: 'released', release_reason: reason }]);
    expect(await postsTo(due.token)).toEqual([]);
    expect(await recordsOf(service.db, due.id)).toEqual([]);
    expect(await logOf(service.db, due.id)).toEqual([]);
  });

  test('the mentor has opted out, and is claimed anew when they have changed their mind', async () => {
    const due = await dueInChapter();
    const batch = await claim();
    await optOut(due);
    await pass(batch);
    await service.db.deleteFrom('notification_preferences').execute();
    expect((await pass(await claim())).counts).toMatchObject({ sent: 1 });
  });

  test('it may have arrived already: then it is held, and not sent again', async () => {
    const due = await dueInChapter(['unavailable']);
    const batch = await claim();
    await pass(batch);
    await optOut(due);
    expect((await pass(batch)).counts).toMatchObject({ withdrawn: 0, held: 1, unknown: 0 });
    expect(await postsTo(due.token)).toHaveLength(1);
  });
});

describe('a claim that has waited', () => {
  const waited = async (ms: number, change: (due: Due) => Promise<unknown>) => {
    const due = await dueInChapter();
    const batch = await claim();
    await change(due);
    service.setNow(after(ms));
    return { due, counts: (await pass(batch)).counts };
  };
  const register = ({ id }: Due) =>
    service.db
      .insertInto('activities')
      .values({ user_id: id, activity_date: daysBefore(asOf, 0) })
      .execute();

  test('for less than a quarter of an hour is sent as it was claimed', async () => {
    const { counts } = await waited(CHECK_AGAIN_AFTER - 1, register);
    expect(counts).toMatchObject({ sent: 1, withdrawn: 0 });
  });

  test('for a quarter of an hour is evaluated again, and withdrawn when it is no longer due', async () => {
    const { due, counts } = await waited(CHECK_AGAIN_AFTER, register);
    expect(counts).toMatchObject({ sent: 0, withdrawn: 1 });
    expect(await claimsOf(service.db, due.id)).toMatchObject([{ state: 'released', release_reason: 'no_longer_due' }]);
    expect(await postsTo(due.token)).toEqual([]);
  });

  test('for a quarter of an hour is sent when it is still due', async () => {
    expect((await waited(CHECK_AGAIN_AFTER, async () => {})).counts).toMatchObject({ sent: 1, withdrawn: 0 });
  });

  test('is evaluated again each time, also after it was refused for long', async () => {
    const due = await dueInChapter(['third_party_auth', 'third_party_auth']);
    const batch = await claim();
    await pass(batch);
    service.setNow(after(20 * MINUTE));
    expect((await pass(batch)).counts).toMatchObject({ open: 1 });
    await register(due);
    service.setNow(after(40 * MINUTE));
    await openGate();
    expect((await pass(batch)).counts).toMatchObject({ withdrawn: 1 });
  });

  test('carries what is left of its time to live', async () => {
    const { due } = await waited(10 * HOUR, async () => {});
    expect(await postsTo(due.token)).toMatchObject([{ ttl: `${(DAY - 10 * HOUR) / 1_000}s` }]);
  });
});

describe('a halt', () => {
  test('stops what has not left, keeps the claims, and lets them go on when it ends', async () => {
    const due = await dueInChapter();
    const batch = await claim();
    await startHalt(service.worker.db, 'a wrong text', asOf);
    expect(await pass(batch)).toMatchObject({
      counts: { open: 1, unknown: 0 },
      stop: { why: 'halted', reason: 'a wrong text' },
    });
    expect(await postsTo(due.token)).toEqual([]);
    // Evaluation goes on.
    expect(await service.repository.evaluateAndClaim(claimRequest(asOf))).toMatchObject({
      suppressed: { in_flight: 1 },
    });
    await endHalt(service.worker.db, asOf);
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
  });

  test('in the middle of a batch lets what is on the wire end, and nothing more leave', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => dueInChapter()));
    const batch = await claim();
    let asked = 0;
    const push = sender(async (message) => {
      if (++asked === 3) await startHalt(service.worker.db, 'stop', asOf);
      return service.deps.push.send(message);
    });
    const { counts } = await pass(batch, { deps: { push }, settings: { concurrency: 1 } });
    expect(counts).toMatchObject({ sent: 3, open: all.length - 3 });
  });
});

describe('a recall', () => {
  test('withdraws what has not left, and leaves alone what may have', async () => {
    const [due, tried] = [await dueInChapter(), await dueInChapter(['unavailable'])];
    await claim({ range: rangeOfMentor(due.id) });
    await pass(await claim({ range: rangeOfMentor(tried.id) }));
    const which = { scenarioTypes: ['inactivity'], workflowId: null } as const;
    expect(await service.repository.withdrawClaims(which, 'recalled', asOf)).toEqual({ withdrawn: 1, left_alone: 1 });
    expect(await claimsOf(service.db, due.id)).toMatchObject([{ state: 'released', release_reason: 'recalled' }]);
    expect(await claimsOf(service.db, tried.id)).toMatchObject([{ state: 'unknown' }]);
    expect(await service.repository.withdrawClaims(which, 'recalled', asOf)).toEqual({ withdrawn: 0, left_alone: 1 });
  });

  test('while an exchange waits for it is seen by what that begins', async () => {
    const due = await dueInChapter();
    const batch = await claim();
    let sending: ReturnType<typeof pass> | undefined;
    await service.worker.db.transaction().execute(async (tx) => {
      await withdrawClaims(tx, { batchKeys: [batch] }, 'recalled', asOf);
      sending = pass(batch);
      await waitUntilSomebodyWaits();
    });
    expect((await sending)!.counts).toMatchObject({ withdrawn: 1, sent: 0 });
    expect(await postsTo(due.token)).toEqual([]);
  });

  test('while attempts are being begun waits for them, and leaves them alone', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => dueInChapter()));
    const batch = await claim();
    const third = Promise.withResolvers<void>();
    let asked = 0;
    const push = sender(async (message) => {
      if (++asked === 3) third.resolve();
      return service.deps.push.send(message);
    });
    const sending = pass(batch, { deps: { push }, settings: { concurrency: 2 } });
    await third.promise;
    const { withdrawn } = await service.repository.withdrawClaims({ batchKeys: [batch] }, 'recalled', asOf);
    const { counts } = await sending;
    expect(counts).toMatchObject({ sent: all.length - withdrawn, withdrawn, unknown: 0, open: 0 });
    const posts = (await Promise.all(all.map(({ token }) => postsTo(token)))).flat();
    expect(posts).toHaveLength(all.length - withdrawn);
  });
});

async function waitUntilSomebodyWaits(): Promise<void> {
  for (;;) {
    const { rows } = await service.pool.query(
      "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    );
    if (rows.length > 0) return;
    await new Promise((done) => setTimeout(done, 10));
  }
}
