import { describe, expect, test } from '@jest/globals';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { begin as beginAll, recordsOf, settle, takeOver } from '../db/claiming.ts';
import { chapter, rule } from '../support/factories.ts';
import { asOf, attemptsOf, claim, dueMentor, pass, postsTo, service, setUpDispatching } from './dispatching.ts';

setUpDispatching();

/** A key that no session holds. */
const GONE = 1;

describe('a holder that is gone', () => {
  const begin = async (batchKey: string) => {
    const fence = await takeOver(service.repository, batchKey, asOf);
    return { fence, attempts: await beginAll(service.repository, batchKey, fence, asOf) };
  };

  test('before it begins anything leaves nothing: the next one sends', async () => {
    const { token } = await dueMentor();
    const batch = await claim();
    await takeOver(service.repository, batch, asOf);
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
    const fence = await takeOver(service.repository, batch, asOf);
    expect(fence).toBe(old.fence + 1);
    expect(await beginAll(service.repository, batch, old.fence, asOf)).toEqual([]);
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

  test('while it waited for a holder that lives says nothing of that one: it is waited for', async () => {
    await dueMentor();
    const batch = await claim();
    // The first holder lives on; the second came, and died waiting for it.
    await begin(batch);
    await service.repository.becomeHolder(batch, GONE);
    const began = performance.now();
    await pass(batch, { settings: { holderGraceMs: 700 } });
    expect(performance.now() - began).toBeGreaterThanOrEqual(700);
  });

  test('is known to be gone at once by its session', async () => {
    await dueMentor();
    const batch = await claim();
    await service.repository.becomeHolder(batch, GONE);
    await beginAll(service.repository, batch, 1, asOf);
    // Otherwise it would be waited for until the test is given up.
    expect((await pass(batch, { settings: { holderGraceMs: 600_000 } })).counts).toMatchObject({ sent: 1 });
  });

  test('while it begins is waited for: what it began just then is unknown as well', async () => {
    const { id } = await dueMentor();
    const batch = await claim();
    const fence = await takeOver(service.repository, batch, asOf);
    let takenOver: Promise<number> | undefined;
    await service.db.transaction().execute(async (tx) => {
      const begun = await beginAll(new ScenarioRepository(tx), batch, fence, asOf);
      expect(begun).toHaveLength(1);
      takenOver = takeOver(service.repository, batch, asOf);
      await waitUntilSomebodyWaits();
    });
    expect(await takenOver).toBe(fence + 1);
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'unknown', error_code: 'holder_lost' }]);
  });

  async function waitUntilSomebodyWaits(): Promise<void> {
    for (let i = 0; i < 6_000; i++) {
      const { rows } = await service.pool.query(
        "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      );
      if (rows.length > 0) return;
      await new Promise((done) => setTimeout(done, 10));
    }
    throw new Error('nobody waits');
  }
});
