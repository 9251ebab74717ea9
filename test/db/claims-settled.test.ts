import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR } from '../../domain/durations.ts';
import { chapter, daysBefore, mentor, record, rule } from '../support/factories.ts';
import { ACCEPTED, begin, claimRequest, claimsOf, dispatchAs, logOf, recordsOf, settle, takeOver } from './claiming.ts';
import { after, asOf, claim, database, mentors, repository, setUpClaims } from './claims-of-everybody.ts';

setUpClaims();

describe('what happens to a claim', () => {
  test('a record that is there already is a skip: the claim is sent, the record stays as it was', async () => {
    const [id] = (await mentors(1)) as [string];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    const idempotencyKey = (await claimsOf(database.db, id))[0]!.idempotency_key;
    await record(database.db, id, 'inactivity', asOf, { idempotencyKey, status: 'unknown' });
    expect(await dispatchAs(repository, request.batchKey, asOf)).toEqual({ sent: 1, failed: 0, held: 0, recorded: 0 });
    expect(await recordsOf(database.db, id)).toMatchObject([{ delivery_status: 'unknown' }]);
    expect(await claimsOf(database.db, id)).toMatchObject([{ state: 'sent' }]);
  });

  test('a rule that is deleted before it settles leaves a record with no rule, and no log row', async () => {
    const chapterId = await chapter(database.db);
    const ruleId = await rule(database.db, { scenarioType: 'inactivity', chapterId });
    const [id] = (await mentors(1, { chapterId })) as [string];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    expect(await claimsOf(database.db, id)).toMatchObject([{ scenario_rule_id: ruleId }]);
    const fence = await takeOver(repository, request.batchKey, asOf);
    const attempts = await begin(repository, request.batchKey, fence, asOf);
    await database.db.deleteFrom('scenario_rules').where('id', '=', ruleId).execute();
    await repository.learnOutcomes(
      attempts.map((each) => ({ ...each, outcome: ACCEPTED, answered_at: asOf })),
      asOf,
    );
    expect(await settle(repository, request.batchKey, fence, asOf)).toMatchObject({ sent: 1, recorded: 1 });
    expect(await recordsOf(database.db, id)).toMatchObject([{ scenario_rule_id: null, delivery_status: 'sent' }]);
    expect(await logOf(database.db, id)).toEqual([]);
  });

  test('one that is settled twice is recorded and logged once', async () => {
    const [id] = (await mentors(1)) as [string];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    await dispatchAs(repository, request.batchKey, asOf);
    expect(await settle(repository, request.batchKey, 1, asOf)).toEqual({ sent: 0, failed: 0, held: 0, recorded: 0 });
    expect(await recordsOf(database.db, id)).toHaveLength(1);
    expect(await logOf(database.db, id)).toHaveLength(1);
  });

  test('deleting its record releases it: the same evaluation may claim it again', async () => {
    const [id] = (await mentors(1)) as [string];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    await dispatchAs(repository, request.batchKey, asOf);
    expect(await claim()).toMatchObject({ claimed: 0, suppressed: { already_sent: 1 } });
    await database.db.deleteFrom('scenario_notifications').where('user_id', '=', id).execute();
    expect(await claimsOf(database.db, id)).toMatchObject([{ state: 'released', release_reason: 'record_removed' }]);
    expect(await claim()).toMatchObject({ claimed: 1 });
  });

  test('the record copies what the claim says, and its cooldown follows the evaluation', async () => {
    const [id] = (await mentors(1)) as [string];
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    await dispatchAs(repository, request.batchKey, after(2 * HOUR));
    const [claimed] = await claimsOf(database.db, id);
    expect(await recordsOf(database.db, id)).toMatchObject([
      {
        idempotency_key: claimed!.idempotency_key,
        scenario_rule_id: claimed!.scenario_rule_id,
        triggered_at: asOf,
        dispatched_at: after(2 * HOUR),
        cooldown_from: asOf,
        window_slot: '',
        occurrence: '',
      },
    ]);
    const { rows } = await database.pool.query<{ first: boolean }>(
      "select cooldown_window_start = '-infinity' as first from scenario_notifications where user_id = $1",
      [id],
    );
    expect(rows).toEqual([{ first: true }]);
  });

  test('after a cooldown it names the record before it as the beginning of its window', async () => {
    const [id] = (await mentors(1)) as [string];
    await record(database.db, id, 'inactivity', after(-14 * DAY));
    await record(database.db, id, 'inactivity', after(-28 * DAY));
    await claim();
    expect(await claimsOf(database.db, id)).toMatchObject([{ cooldown_window_start: after(-14 * DAY) }]);
  });
});

test('a mentor with several notifications is begun one at a time, the next when the one before is decided', async () => {
  const userId = await mentor(database.db, { activities: Array.from({ length: 100 }, (_, i) => daysBefore(asOf, i)) });
  const request = claimRequest(asOf, { scenarioType: 'milestone' });
  await repository.evaluateAndClaim(request);
  const { fence } = (await repository.becomeHolder(request.batchKey, null))!;
  const first = await begin(repository, request.batchKey, fence, asOf);
  expect(first).toMatchObject([{ user_id: userId, message_values: { sessions: 50 } }]);
  await repository.learnOutcomes(
    first.map((each) => ({ ...each, outcome: ACCEPTED, answered_at: asOf })),
    asOf,
  );
  await settle(repository, request.batchKey, fence, asOf);
  expect(await begin(repository, request.batchKey, fence, asOf)).toMatchObject([{ message_values: { sessions: 100 } }]);
});
