import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/create-activities.ts';
import { DISPATCH_DEFAULTS, type Dependencies, type DispatchSettings } from '../../activities/dependencies.ts';
import { dispatchBatch, type DispatchSignals } from '../../activities/dispatch-batch.ts';
import { HolderWatch } from '../../activities/holder-watch.ts';
import { DeviceTokenRepository } from '../../db/device-tokens.ts';
import { ScenarioRepositoryException } from '../../db/repository-exception.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { DAY, HOUR, MINUTE } from '../../domain/durations.ts';
import { rangeOf, rangeOfMentor } from '../../domain/mentor-range.ts';
import type { Answer } from '../../local/fcm-emulator/emulator.ts';
import type { PushSender } from '../../push/push-sender.ts';
import { claimRequest, claimsOf, logOf, recordsOf, settle } from '../db/claiming.ts';
import { chapter, daysBefore, device, mentor, record, rule } from '../support/factories.ts';
import { startService, type TestService } from '../support/service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
const after = (ms: number) => new Date(asOf.getTime() + ms);
let service: TestService;

beforeAll(async () => {
  service = await startService(asOf);
});
afterAll(() => service.stop());
beforeEach(() => {
  service.setNow(asOf);
  service.log.length = 0;
});
// Every test has the audience to itself, and none may say a token.
afterEach(async () => {
  expect(JSON.stringify(service.log)).not.toContain('secret-');
  await service.pool.query('drop trigger if exists refuse on scenario_notifications');
  await service.pool.query(
    'truncate follow_up_notification_log, scenario_notifications, scenario_claims, evaluation_batches, logged_skips, users cascade',
  );
});

/** A mentor who is due, with a device whose next messages get these answers. */
async function dueMentor(answers: readonly Answer[] = [], values: Parameters<typeof mentor>[1] = {}) {
  const id = await mentor(service.db, { devices: [], ...values });
  const token = `secret-${id}`;
  const { id: deviceId } = await device(service.db, id, { token });
  if (answers.length > 0) service.emulator.script(token, ...answers);
  return { id, token, deviceId };
}

async function claim(values: Parameters<typeof claimRequest>[1] = {}, at = asOf): Promise<string> {
  const request = claimRequest(at, values);
  await service.repository.evaluateAndClaim(request);
  return request.batchKey;
}

/** One pass over a batch. */
function pass(
  batchKey: string,
  {
    settings = {},
    deps = {},
    cancelled = new AbortController().signal,
  }: {
    settings?: Partial<DispatchSettings>;
    deps?: Partial<Dependencies>;
    cancelled?: DispatchSignals['cancelled'];
  } = {},
) {
  return dispatchBatch(
    batchKey,
    { ...service.deps, ...deps },
    { ...DISPATCH_DEFAULTS, oldHolderGraceMs: 50, ...settings },
    { cancelled, heartbeat: () => {} },
  );
}

/** Passes until nothing is left; how many it took. */
async function passesUntilSettled(batchKey: string): Promise<number> {
  for (let passes = 1; passes <= 20; passes++) {
    const { counts } = await pass(batchKey);
    if (counts.open + counts.unknown === 0) return passes;
  }
  throw new Error('not settled in 20 passes');
}

const postsTo = async (token: string) => (await service.emulator.ledger()).filter((entry) => entry.token === token);
const attemptsOf = (id: string) =>
  service.db
    .selectFrom('delivery_attempts as a')
    .innerJoin('scenario_claims as c', 'c.id', 'a.claim_id')
    .selectAll('a')
    .where('c.user_id', '=', id)
    .orderBy('a.started_at')
    .orderBy('a.attempt')
    .execute();
const tokenRow = (deviceId: string) =>
  service.db.selectFrom('device_tokens').selectAll().where('id', '=', deviceId).executeTakeFirstOrThrow();
const linesOf = (level: number) => service.log.filter((line) => line.level === level);
const [WARN, ERROR, FATAL] = [40, 50, 60];

describe('a push service that refuses for good', () => {
  test('leaves no record, an error line that says which, a log row `failed`, and a claim that is released', async () => {
    const { id, token, deviceId } = await dueMentor(['invalid_argument']);
    const batch = await claim();
    expect((await pass(batch)).counts).toEqual({ sent: 0, failed: 1, held: 0, unknown: 0, open: 0 });
    const [released] = await claimsOf(service.db, id);
    expect(released).toMatchObject({ state: 'released', release_reason: 'rejected' });
    expect(await recordsOf(service.db, id)).toEqual([]);
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'failed', delivery_channel: 'fcm' }]);
    expect(linesOf(ERROR)).toMatchObject([
      {
        notification: released!.idempotency_key,
        user_id: id,
        device_id: deviceId,
        code: 'messaging/invalid-argument',
        attempt: 1,
        outcome: 'rejected',
      },
    ]);
    expect((await tokenRow(deviceId)).invalidated_at).toBeNull();
    expect(await postsTo(token)).toHaveLength(1);
  });

  test('is asked again by the evaluation of the next day, which sends', async () => {
    const { id, token } = await dueMentor(['invalid_argument']);
    await pass(await claim());
    service.setNow(after(DAY));
    expect((await pass(await claim({}, after(DAY)))).counts).toMatchObject({ sent: 1 });
    expect((await logOf(service.db, id)).map((row) => row.status)).toEqual(['failed', 'delivered']);
    expect(await postsTo(token)).toHaveLength(2);
  });

  test('and then accepts on the same day turns the log row from failed into delivered, under the same key', async () => {
    const { id } = await dueMentor(['invalid_argument']);
    await pass(await claim());
    await pass(await claim());
    expect((await claimsOf(service.db, id)).map((each) => each.state).toSorted()).toEqual(['released', 'sent']);
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'delivered' }]);
  });
});

describe('a token that is dead', () => {
  test('is invalidated at once', async () => {
    const { id, deviceId } = await dueMentor(['unregistered']);
    expect((await pass(await claim())).counts).toMatchObject({ failed: 1 });
    expect(await tokenRow(deviceId)).toMatchObject({
      invalidated_at: asOf,
      invalidation_reason: 'messaging/registration-token-not-registered',
    });
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'failed' }]);
  });

  test('is left alone when the device has sent another since', async () => {
    const { id, deviceId } = await dueMentor();
    const push: PushSender = {
      ...sender(async () => {
        await service.db
          .updateTable('device_tokens')
          .set({ token: `secret-new-${id}` })
          .where('id', '=', deviceId)
          .execute();
        return {
          outcome: {
            status: 'rejected',
            code: 'messaging/registration-token-not-registered',
            retryable: false,
            tokenIsDead: true,
          },
        };
      }),
    };
    await pass(await claim(), { deps: { push } });
    expect(await tokenRow(deviceId)).toMatchObject({ invalidated_at: null, token: `secret-new-${id}` });
  });

  test('keeps no message from her other device', async () => {
    const { id, deviceId } = await dueMentor(['gone']);
    await device(service.db, id, { platform: 'ios', token: `secret-ios-${id}` });
    expect((await pass(await claim())).counts).toMatchObject({ sent: 1, failed: 0 });
    expect((await tokenRow(deviceId)).invalidated_at).not.toBeNull();
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'delivered', delivery_channel: 'apns' }]);
  });
});

describe('a push service that asks for a pause', () => {
  test('by refusing the credentials is not asked further, nothing is invalidated, and everything goes out afterwards', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => dueMentor(['third_party_auth'])));
    const batch = await claim();
    const { counts, pause } = await pass(batch, { settings: { concurrency: 1 } });
    expect(pause).toEqual({ code: 'messaging/third-party-auth-error', retryAfterMs: null });
    expect(counts).toEqual({ sent: 0, failed: 0, held: 0, unknown: 0, open: 5 });
    const posts = await Promise.all(all.map(({ token }) => postsTo(token)));
    expect(posts.flat()).toHaveLength(1);
    expect(
      (await service.db.selectFrom('device_tokens').selectAll().execute()).every((row) => row.invalidated_at === null),
    ).toBe(true);
    // The others meet the same answer once each.
    await passesUntilSettled(batch);
    expect(await service.db.selectFrom('scenario_notifications').selectAll().execute()).toHaveLength(5);
  });

  test.each([
    ['with Retry-After is obeyed to the second', { answer: 'quota', retry_after: 7 }, 7_000],
    ['without Retry-After is given a minute', 'quota', MINUTE],
  ] as const)('by its quota %s', async (_, answer, nextRetryDelay) => {
    const { id } = await dueMentor([answer]);
    const batch = await claim();
    await expect(dispatchActivity(batch)).rejects.toMatchObject({
      type: 'DispatchIncomplete',
      nextRetryDelay,
      nonRetryable: false,
    });
    expect(await recordsOf(service.db, id)).toEqual([]);
    await expect(dispatchActivity(batch)).resolves.toEqual({ sent: 1, failed: 0, unknown: 0 });
  });

  test('by not being there leaves the back-off to Temporal, and is no attempt that counts', async () => {
    const { id } = await dueMentor();
    const push = sender(async () => ({
      outcome: { status: 'rejected', code: 'app/no-connection', retryable: true, tokenIsDead: false },
      pause: { code: 'app/no-connection', retryAfterMs: null },
    }));
    const batch = await claim();
    for (let i = 0; i < 7; i++) expect((await pass(batch, { deps: { push } })).counts).toMatchObject({ open: 1 });
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
  });

  test('for just less than an hour keeps its claims, and those that never got a turn are still sent', async () => {
    await Promise.all([
      dueMentor(['third_party_auth', 'third_party_auth']),
      dueMentor(['third_party_auth', 'third_party_auth']),
    ]);
    const batch = await claim();
    await pass(batch, { settings: { pageSize: 1 } });
    service.setNow(after(HOUR - 1));
    expect((await pass(batch, { settings: { pageSize: 1 } })).counts).toMatchObject({ open: 2, failed: 0 });
  });

  test('for an hour is given up: failed for those that were tried, and for those that never got a turn', async () => {
    const all = await Promise.all(Array.from({ length: 3 }, () => dueMentor(['third_party_auth', 'third_party_auth'])));
    const batch = await claim();
    await pass(batch, { settings: { pageSize: 1 } });
    service.setNow(after(HOUR));
    expect((await pass(batch, { settings: { pageSize: 1 } })).counts).toMatchObject({ open: 0, failed: 3 });
    for (const { id } of all) expect(await logOf(service.db, id)).toMatchObject([{ status: 'failed' }]);
    const reasons = await service.db.selectFrom('scenario_claims').select('release_reason').execute();
    expect(reasons.map((row) => row.release_reason)).not.toContain('no_device_token');
  });

  test('between answers that are unknown does not use up the attempts at resending', async () => {
    const { id, token } = await dueMentor(['unavailable', 'quota', 'quota', 'quota', 'quota', 'quota', 'unavailable']);
    expect(await passesUntilSettled(await claim())).toBe(8);
    expect(await postsTo(token)).toHaveLength(8);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
  });
});

describe('an unknown outcome', () => {
  test('is neither recorded nor logged, resent with the same tag, and then sent', async () => {
    const { id, token } = await dueMentor(['unavailable_but_delivered']);
    const batch = await claim();
    await expect(dispatchActivity(batch)).rejects.toMatchObject({ type: 'DispatchIncomplete' });
    expect(await claimsOf(service.db, id)).toMatchObject([{ state: 'unknown' }]);
    expect(await recordsOf(service.db, id)).toEqual([]);
    expect(await logOf(service.db, id)).toEqual([]);
    await expect(dispatchActivity(batch)).resolves.toEqual({ sent: 1, failed: 0, unknown: 0 });
    const posts = await postsTo(token);
    expect(posts).toHaveLength(2);
    expect(
      new Set(posts.flatMap((post) => [post.tag, post.apns_collapse_id, post.web_tag, post.notification_id])).size,
    ).toBe(1);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'delivered' }]);
  });

  test('five times is held: recorded as unknown, not logged, not sent a sixth time', async () => {
    const { id, token } = await dueMentor(Array<Answer>(9).fill('unavailable'));
    const batch = await claim();
    expect(await passesUntilSettled(batch)).toBe(5);
    await pass(batch);
    expect(await postsTo(token)).toHaveLength(5);
    expect(await claimsOf(service.db, id)).toMatchObject([{ state: 'held' }]);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'unknown' }]);
    expect(await logOf(service.db, id)).toEqual([]);
    await expect(dispatchActivity(batch)).resolves.toEqual({ sent: 0, failed: 0, unknown: 1 });
  });

  test('four times and then accepted is sent', async () => {
    const { id } = await dueMentor(Array<Answer>(4).fill('unavailable'));
    expect(await passesUntilSettled(await claim())).toBe(5);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
  });

  test('under a rule that holds is held after one attempt', async () => {
    const chapterId = await chapter(service.db);
    await rule(service.db, { scenarioType: 'inactivity', chapterId, onUnknown: 'hold' });
    const { id, token } = await dueMentor(['unavailable'], { chapterId });
    expect(await passesUntilSettled(await claim())).toBe(1);
    expect(await postsTo(token)).toHaveLength(1);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'unknown' }]);
  });

  test('is held at the end of its time to live, and a millisecond before is tried again', async () => {
    const { id, token } = await dueMentor(['unavailable', 'unavailable', 'unavailable']);
    const batch = await claim();
    await pass(batch);
    service.setNow(after(DAY - 1));
    expect((await pass(batch)).counts).toMatchObject({ unknown: 1 });
    service.setNow(after(DAY));
    expect((await pass(batch)).counts).toMatchObject({ held: 1 });
    expect(await postsTo(token)).toHaveLength(2);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'unknown' }]);
  });

  test('blocks the evaluations after it while it lasts, and cools down once it is held', async () => {
    await dueMentor(Array<Answer>(9).fill('unavailable'));
    const batch = await claim();
    await pass(batch);
    const tomorrow = claimRequest(after(DAY));
    expect(await service.repository.evaluateAndClaim(tomorrow)).toMatchObject({ suppressed: { in_flight: 1 } });
    await passesUntilSettled(batch);
    expect(await service.repository.evaluateAndClaim(claimRequest(after(2 * DAY)))).toMatchObject({
      suppressed: { cooldown: 1 },
    });
  });

  test('of one device is not asked about again once the other has accepted', async () => {
    const { id, token } = await dueMentor(['unavailable', 'unavailable']);
    const ios = await device(service.db, id, { platform: 'ios', token: `secret-ios-${id}` });
    expect(await passesUntilSettled(await claim())).toBe(1);
    expect(await postsTo(token)).toHaveLength(1);
    expect(await postsTo(ios.token)).toHaveLength(1);
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'delivered', delivery_channel: 'apns' }]);
  });

  test('followed by a final refusal is held: the first attempt may have arrived', async () => {
    const { id } = await dueMentor(['unavailable', 'unregistered']);
    expect(await passesUntilSettled(await claim())).toBe(2);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'unknown' }]);
  });
});

describe('a record that cannot be written after the push was accepted', () => {
  test('is one fatal line that says all it takes, no second message, and is written as soon as it can be', async () => {
    const { id, token, deviceId } = await dueMentor();
    const batch = await claim();
    await service.pool.query(`
      create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$;
      create trigger refuse before insert on scenario_notifications for each row execute function refuse()`);
    for (let i = 0; i < 3; i++) {
      await expect(pass(batch)).rejects.toMatchObject({
        name: 'ScenarioRepositoryException',
        operation: 'settleClaims',
      });
    }
    const [claimed] = await claimsOf(service.db, id);
    expect(claimed).toMatchObject({ state: 'open' });
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'accepted', attempt: 1 }]);
    expect(linesOf(FATAL)).toMatchObject([
      {
        code: 'E_RECORD_NOT_WRITTEN',
        notifications: [
          {
            notification: claimed!.idempotency_key,
            user_id: id,
            scenario_type: 'inactivity',
            claim_id: claimed!.id,
            device_id: deviceId,
            attempt: 1,
            outcome: 'accepted',
            message_id: expect.stringContaining('projects/test/messages/'),
          },
        ],
        err: { message: expect.stringContaining('disk full') },
      },
    ]);

    await service.pool.query('drop trigger refuse on scenario_notifications');
    service.setNow(after(HOUR));
    expect((await pass(batch)).counts).toMatchObject({ sent: 1, open: 0 });
    expect(await postsTo(token)).toHaveLength(1);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent', dispatched_at: asOf }]);
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'delivered' }]);
  });

  test('because it is there already is a warning and a skip', async () => {
    const { id } = await dueMentor();
    const batch = await claim();
    const idempotencyKey = (await claimsOf(service.db, id))[0]!.idempotency_key;
    await record(service.db, id, 'inactivity', asOf, { idempotencyKey });
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
    expect(linesOf(WARN)).toMatchObject([{ repeats: 1 }]);
    expect(linesOf(FATAL)).toEqual([]);
    expect(await recordsOf(service.db, id)).toHaveLength(1);
  });
});

describe('outcomes that cannot be written for a moment', () => {
  class Interrupted extends ScenarioRepository {
    failures: number;
    constructor(failures: number) {
      super(service.db);
      this.failures = failures;
    }
    override async learnOutcomes(...args: Parameters<ScenarioRepository['learnOutcomes']>) {
      if (this.failures-- > 0) throw new ScenarioRepositoryException('learnOutcomes', new Error('connection lost'));
      return super.learnOutcomes(...args);
    }
  }

  test('are written when the database is back: one message, one record, one fatal line', async () => {
    const { id, token } = await dueMentor();
    const repository = new Interrupted(3);
    expect((await pass(await claim(), { deps: { repository } })).counts).toMatchObject({ sent: 1 });
    expect(await postsTo(token)).toHaveLength(1);
    expect(await recordsOf(service.db, id)).toHaveLength(1);
    expect(linesOf(FATAL)).toHaveLength(1);
  });

  test('and are written all the same when the holder is told to stop meanwhile: nothing becomes unknown', async () => {
    const { id } = await dueMentor();
    const batch = await claim();
    const abort = new AbortController();
    const stopping = pass(batch, { deps: { repository: new Interrupted(3) }, cancelled: abort.signal });
    while (linesOf(FATAL).length === 0) await new Promise((done) => setTimeout(done, 5));
    abort.abort();
    await stopping;
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'accepted' }]);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
  });

  test('and the holder that is told to stop runs out of tries: the attempt becomes unknown, and is resent with its tag', async () => {
    const { id, token } = await dueMentor();
    const batch = await claim();
    const abort = new AbortController();
    const stopping = pass(batch, {
      deps: { repository: new Interrupted(1_000) },
      settings: { lastTriesMs: 0 },
      cancelled: abort.signal,
    });
    while (linesOf(FATAL).length === 0) await new Promise((done) => setTimeout(done, 5));
    abort.abort();
    await expect(stopping).rejects.toMatchObject({ operation: 'learnOutcomes' });
    expect(await attemptsOf(id)).toMatchObject([{ outcome: null }]);
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
    expect(await attemptsOf(id)).toMatchObject([
      { outcome: 'unknown', error_code: 'holder_lost' },
      { outcome: 'accepted' },
    ]);
    expect(new Set((await postsTo(token)).map((post) => post.tag)).size).toBe(1);
  });
});

describe('a holder that is gone', () => {
  const begin = async (batchKey: string) => {
    const fence = (await service.repository.takeOver(batchKey, asOf))!;
    return { fence, attempts: await service.repository.beginAttempts({ batchKey, fence, pageSize: 100, now: asOf }) };
  };

  test('before it begins anything leaves nothing: the next one sends', async () => {
    const { token } = await dueMentor();
    const batch = await claim();
    await service.repository.takeOver(batch, asOf);
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
    expect(await postsTo(token)).toHaveLength(1);
  });

  test('with an attempt undecided leaves it unknown, and the next one resends', async () => {
    const { id } = await dueMentor();
    const batch = await claim();
    await begin(batch);
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
    expect(await attemptsOf(id)).toMatchObject([
      { attempt: 1, outcome: 'unknown', error_code: 'holder_lost' },
      { attempt: 2, outcome: 'accepted' },
    ]);
  });

  test('with an attempt undecided under a rule that holds leaves a held notification, and nothing is sent', async () => {
    const chapterId = await chapter(service.db);
    await rule(service.db, { scenarioType: 'inactivity', chapterId, onUnknown: 'hold' });
    const { id, token } = await dueMentor([], { chapterId });
    const batch = await claim();
    await begin(batch);
    expect((await pass(batch)).counts).toMatchObject({ held: 1 });
    expect(await postsTo(token)).toEqual([]);
    expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'unknown' }]);
  });

  test('after it learned what became of its attempts leaves the record to the next one, which sends nothing', async () => {
    const { id, token } = await dueMentor();
    const batch = await claim();
    const { attempts } = await begin(batch);
    await service.repository.learnOutcomes(
      attempts.map((each) => ({ ...each, outcome: { status: 'accepted', messageId: 'm' }, answered_at: asOf })),
      asOf,
    );
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
    expect(await postsTo(token)).toEqual([]);
    expect(await recordsOf(service.db, id)).toHaveLength(1);
  });

  test('and comes back can neither begin nor settle, but what it learned is kept', async () => {
    const { id } = await dueMentor();
    const batch = await claim();
    const old = await begin(batch);
    const fence = (await service.repository.takeOver(batch, asOf))!;
    expect(fence).toBe(old.fence + 1);
    expect(
      await service.repository.beginAttempts({ batchKey: batch, fence: old.fence, pageSize: 100, now: asOf }),
    ).toEqual([]);
    await service.repository.learnOutcomes(
      old.attempts.map((each) => ({ ...each, outcome: { status: 'accepted', messageId: 'm' }, answered_at: asOf })),
      asOf,
    );
    expect(await settle(service.repository, batch, old.fence, asOf)).toEqual({
      sent: 0,
      failed: 0,
      held: 0,
      recorded: 0,
    });
    expect(await recordsOf(service.db, id)).toEqual([]);
    // holder_lost stays: had the new holder resent meanwhile, this is why.
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'accepted', error_code: 'holder_lost', message_id: 'm' }]);
    expect(await settle(service.repository, batch, fence, asOf)).toMatchObject({ sent: 1, recorded: 1 });
  });

  test('and comes back with an answer that knows less changes nothing', async () => {
    const { id } = await dueMentor();
    const batch = await claim();
    const { attempts } = await begin(batch);
    const learn = (outcome: Parameters<ScenarioRepository['learnOutcomes']>[0][number]['outcome']) =>
      service.repository.learnOutcomes(
        attempts.map((each) => ({ ...each, outcome, answered_at: asOf })),
        asOf,
      );
    await learn({ status: 'accepted', messageId: 'm' });
    await learn({ status: 'unknown', code: 'late' });
    await learn({ status: 'rejected', code: 'later', retryable: false, tokenIsDead: false });
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'accepted', error_code: null }]);
  });

  test('while it begins is waited for: what it began just then is unknown as well', async () => {
    const { id } = await dueMentor();
    const batch = await claim();
    const fence = (await service.repository.takeOver(batch, asOf))!;
    let takenOver: Promise<number | null> | undefined;
    await service.db.transaction().execute(async (tx) => {
      const begun = await new ScenarioRepository(tx).beginAttempts({
        batchKey: batch,
        fence,
        pageSize: 100,
        now: asOf,
      });
      expect(begun).toHaveLength(1);
      takenOver = service.repository.takeOver(batch, asOf);
      await waitUntilSomebodyWaits();
    });
    expect(await takenOver).toBe(fence + 1);
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'unknown', error_code: 'holder_lost' }]);
  });

  async function waitUntilSomebodyWaits(): Promise<void> {
    for (let i = 0; i < 500; i++) {
      const { rows } = await service.pool.query(
        "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      );
      if (rows.length > 0) return;
      await new Promise((done) => setTimeout(done, 10));
    }
    throw new Error('nobody waits');
  }
});

describe('a frozen holder', () => {
  test('knows that it was frozen for longer than its lease, and keeps knowing it', () => {
    let now = 0;
    const watch = new HolderWatch(() => new Date(now), 15_000);
    now = 15_000;
    expect(watch.isLost()).toBe(false);
    now = 15_001;
    expect(watch.isLost()).toBe(true);
    now = 0;
    expect(watch.isLost()).toBe(true);
    watch.end();
  });

  test('sends nothing more of the page it was in, and the next one sends the rest', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => dueMentor()));
    const batch = await claim();
    let sent = 0;
    const push = sender(async (message) => {
      const result = await service.deps.push.send(message);
      if (++sent === 2) service.setNow(after(15_001));
      return result;
    });
    const frozen = await pass(batch, { deps: { push }, settings: { concurrency: 1 } });
    expect(frozen.counts).toMatchObject({ sent: 2, open: 2 });
    expect((await pass(batch)).counts).toMatchObject({ sent: 4, open: 0 });
    for (const { token } of all) expect(await postsTo(token)).toHaveLength(1);
  });

  test('begins no further page', async () => {
    await Promise.all([dueMentor(), dueMentor(), dueMentor()]);
    const batch = await claim();
    const push = sender(async (message) => {
      service.setNow(after(15_001));
      return service.deps.push.send(message);
    });
    expect((await pass(batch, { deps: { push }, settings: { pageSize: 1 } })).counts).toMatchObject({
      sent: 1,
      open: 2,
    });
    expect(await service.db.selectFrom('delivery_attempts').selectAll().execute()).toHaveLength(1);
  });

  test('within its lease goes on', async () => {
    await Promise.all([dueMentor(), dueMentor()]);
    const push = sender(async (message) => {
      service.setNow(after(15_000));
      return service.deps.push.send(message);
    });
    expect((await pass(await claim(), { deps: { push }, settings: { pageSize: 1 } })).counts).toMatchObject({
      sent: 2,
    });
  });
});

describe('a holder that is told to stop', () => {
  test('finishes what is in flight, starts nothing more, and leaves nothing unknown', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => dueMentor()));
    const batch = await claim();
    const abort = new AbortController();
    const push = sender(async (message) => {
      abort.abort();
      return service.deps.push.send(message);
    });
    const stopped = await pass(batch, { deps: { push }, settings: { concurrency: 1 }, cancelled: abort.signal });
    expect(stopped.counts).toEqual({ sent: 1, failed: 0, held: 0, unknown: 0, open: 3 });
    await pass(batch);
    for (const { token } of all) expect(await postsTo(token)).toHaveLength(1);
  });
});

test('several thresholds of one mentor go out in ascending order, also when they are sent at once', async () => {
  const { id, token } = await dueMentor(
    [
      { answer: 'accepted', latency_ms: 60 },
      { answer: 'accepted', latency_ms: 30 },
    ],
    {
      activities: Array.from({ length: 201 }, (_, back) => daysBefore(asOf, back)),
    },
  );
  expect((await pass(await claim({ scenarioType: 'milestone' }))).counts).toMatchObject({ sent: 3 });
  const values = (await claimsOf(service.db, id)).map((each) => [each.idempotency_key, each.milestone_value] as const);
  const valueOf = new Map(values);
  expect((await postsTo(token)).map((post) => valueOf.get(post.notification_id!))).toEqual([50, 100, 200]);
  expect((await recordsOf(service.db, id)).map((row) => row.milestone_value).toSorted()).toEqual([100, 200, 50]);
});

describe('a device that is gone between claim and dispatch', () => {
  test('leaves a claim that is released, and a log row `skipped`', async () => {
    const { id, deviceId } = await dueMentor();
    const batch = await claim();
    await service.db.deleteFrom('device_tokens').where('id', '=', deviceId).execute();
    expect((await pass(batch)).counts).toEqual({ sent: 0, failed: 1, held: 0, unknown: 0, open: 0 });
    expect(await claimsOf(service.db, id)).toMatchObject([{ state: 'released', release_reason: 'no_device_token' }]);
    expect(await logOf(service.db, id)).toMatchObject([{ status: 'skipped' }]);
    expect(await recordsOf(service.db, id)).toEqual([]);
  });

  test('is read by coordinators once in seven days, evaluations included', async () => {
    const { id, deviceId } = await dueMentor();
    const batch = await claim();
    await service.db.deleteFrom('device_tokens').where('id', '=', deviceId).execute();
    await pass(batch);
    for (const [days, rows] of [
      [1, 1],
      [6, 1],
      [7, 2],
    ] as const) {
      service.setNow(after(days * DAY));
      await claim({ range: rangeOfMentor(id), now: after(days * DAY) }, after(days * DAY));
      expect(await logOf(service.db, id)).toHaveLength(rows);
    }
  });

  test('does not trouble her other device', async () => {
    const { id, deviceId } = await dueMentor();
    await device(service.db, id, { platform: 'web', token: `secret-web-${id}` });
    const batch = await claim();
    await service.db.deleteFrom('device_tokens').where('id', '=', deviceId).execute();
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
  });
});

describe('ten dispatchers of one batch at once', () => {
  test('leave one record for each notification, and every message more is explained by an attempt that was unknown', async () => {
    const all = await Promise.all(Array.from({ length: 30 }, () => dueMentor([{ answer: 'accepted', latency_ms: 5 }])));
    const batch = await claim({ range: rangeOf(0, 1) });
    await Promise.allSettled(Array.from({ length: 10 }, () => pass(batch, { settings: { pageSize: 7 } })));
    await passesUntilSettled(batch);
    for (const { id, token } of all) {
      const posts = await postsTo(token);
      const attempts = (await attemptsOf(id)).filter((each) => each.error_code !== 'not_attempted');
      const explained = attempts.filter((each) => each.outcome === 'unknown' || each.error_code === 'holder_lost');
      expect(posts.length).toBeGreaterThan(0);
      expect(posts.length).toBeLessThanOrEqual(attempts.length);
      expect(posts.length - 1).toBeLessThanOrEqual(explained.length);
      expect(new Set(posts.map((post) => post.tag)).size).toBe(1);
      expect(await recordsOf(service.db, id)).toHaveLength(1);
      expect(await claimsOf(service.db, id)).toHaveLength(1);
    }
  });
});

/** A push service that answers by hand. */
function sender(send: PushSender['send']): PushSender {
  return { projectId: 'test', send, validate: send, close: async () => {} };
}

/** The activity as Temporal runs it. */
function dispatchActivity(batchKey: string) {
  const activities = createActivities({
    ...service.deps,
    tokens: new DeviceTokenRepository(service.worker.db),
    settings: DISPATCH_DEFAULTS,
    workflows: { awaitResult: async () => null, isRunning: async () => false },
  });
  return new MockActivityEnvironment().run(() => activities.dispatchBatch(batchKey));
}
