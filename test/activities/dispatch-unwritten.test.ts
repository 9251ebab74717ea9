import { describe, expect, test } from '@jest/globals';
import { ScenarioRepositoryException } from '../../db/repository-exception.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { HOUR, MINUTE } from '../../domain/durations.ts';
import { claimsOf, logOf, recordsOf } from '../db/claiming.ts';
import { record } from '../support/factories.ts';
import {
  after,
  asOf,
  attemptsOf,
  claim,
  dueMentor,
  FATAL,
  linesOf,
  pass,
  postsTo,
  sender,
  service,
  WARN,
  setUpDispatching,
} from './dispatching.ts';

setUpDispatching();

describe('a record that cannot be written after the push was accepted', () => {
  test('is one fatal line that says all it takes, no second message, and is written as soon as it can be', async () => {
    const { id, token, deviceId } = await dueMentor();
    const batch = await claim();
    await service.pool.query(`
      create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$;
      create trigger refuse before insert on scenario_notifications for each row execute function refuse()`);
    for (let i = 0; i < 3; i++) expect((await pass(batch)).counts).toMatchObject({ sent: 0, open: 1 });
    const [claimed] = await claimsOf(service.db, id);
    expect(claimed).toMatchObject({ state: 'open', fault: 'SQLSTATE P0001', next_attempt_at: after(5 * MINUTE) });
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
        err: { message: expect.stringContaining('P0001') },
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

describe('a mentor whose record the database refuses', () => {
  test('is put off, and everybody else of the batch is told once and recorded', async () => {
    const others = await Promise.all(Array.from({ length: 25 }, () => dueMentor()));
    const culprit = await dueMentor();
    const batch = await claim();
    await service.pool.query(`
      create or replace function refuse() returns trigger language plpgsql as $$ begin
        if new.user_id = '${culprit.id}' then raise exception 'not this one'; end if; return new; end $$;
      create trigger refuse before insert on scenario_notifications for each row execute function refuse()`);
    expect((await pass(batch)).counts).toMatchObject({ sent: 25, open: 1, next_ms: 5 * MINUTE });
    for (const { id, token } of others) {
      expect(await postsTo(token)).toHaveLength(1);
      expect(await recordsOf(service.db, id)).toHaveLength(1);
    }
    service.setNow(after(HOUR));
    expect((await pass(batch)).counts).toMatchObject({ sent: 25, open: 1, next_ms: HOUR });
    expect(await postsTo(culprit.token)).toHaveLength(1);

    await service.pool.query('drop trigger refuse on scenario_notifications');
    service.setNow(after(2 * HOUR));
    expect((await pass(batch)).counts).toMatchObject({ sent: 26, open: 0 });
    expect(await postsTo(culprit.token)).toHaveLength(1);
  });

  test('many are put off all the same, and nobody is sent again', async () => {
    const mentors = await Promise.all(Array.from({ length: 21 }, () => dueMentor()));
    const batch = await claim();
    await service.pool.query(`
      create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'all'; end $$;
      create trigger refuse before insert on scenario_notifications for each row execute function refuse()`);
    await pass(batch).catch(() => {});
    await service.pool.query('drop trigger refuse on scenario_notifications');
    service.setNow(after(HOUR));
    expect((await pass(batch)).counts).toMatchObject({ sent: 21, open: 0 });
    for (const { token } of mentors) expect(await postsTo(token)).toHaveLength(1);
  });

  test('and one whose answer the database refuses is learned without what the push service said', async () => {
    const culprit = await dueMentor();
    const other = await dueMentor();
    await service.pool.query(`alter table delivery_attempts add constraint refuse check (message_id !~ 'unwritable')`);
    const push = sender(async ({ token }) => ({
      outcome: { status: 'accepted', messageId: token === culprit.token ? 'unwritable' : 'm' },
    }));
    const { counts } = await pass(await claim(), { deps: { push } });
    await service.pool.query('alter table delivery_attempts drop constraint refuse');
    expect(counts).toMatchObject({ sent: 2, open: 0, unknown: 0 });
    expect(await attemptsOf(culprit.id)).toMatchObject([{ outcome: 'accepted', message_id: '' }]);
    expect(await attemptsOf(other.id)).toMatchObject([{ outcome: 'accepted', message_id: 'm' }]);
  });

  test('and one whose dead device the table keeps is refused all the same, once, and nobody waits for it', async () => {
    const culprit = await dueMentor(['unregistered', 'unregistered']);
    const others = await Promise.all(Array.from({ length: 5 }, () => dueMentor()));
    await service.pool.query(`
      create or replace function refuse() returns trigger language plpgsql as $$ begin
        if new.user_id = '${culprit.id}' then raise exception 'kept'; end if; return new; end $$;
      create trigger refuse before update on device_tokens for each row execute function refuse()`);
    const { counts } = await pass(await claim());
    await service.pool.query('drop trigger refuse on device_tokens');
    expect(counts).toMatchObject({ sent: 5, failed: 1, open: 0, unknown: 0 });
    expect(await attemptsOf(culprit.id)).toMatchObject([{ outcome: 'rejected', retryable: false }]);
    for (const { token } of [culprit, ...others]) expect(await postsTo(token)).toHaveLength(1);
  });
});

describe('outcomes that cannot be written for a moment', () => {
  class Interrupted extends ScenarioRepository {
    failures: number;
    constructor(failures: number) {
      super(service.db);
      this.failures = failures;
    }
    override async exchangeAnswers(...args: Parameters<ScenarioRepository['exchangeAnswers']>) {
      if (args[0].results.length > 0 && this.failures-- > 0) throw this.#lost('exchangeAnswers');
      return super.exchangeAnswers(...args);
    }
    override async learnOutcomes(...args: Parameters<ScenarioRepository['learnOutcomes']>) {
      if (this.failures-- > 0) throw this.#lost('learnOutcomes');
      return super.learnOutcomes(...args);
    }
    #lost = (operation: string) => new ScenarioRepositoryException(operation, new Error('connection lost'));
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

test('a database that refuses to begin attempts fails the dispatch after a few tries, and nothing is sent', async () => {
  const { token } = await dueMentor();
  const batch = await claim();
  await service.pool.query(`
    create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$;
    create trigger refuse before insert on delivery_attempts for each row execute function refuse()`);
  await expect(pass(batch)).rejects.toMatchObject({ operation: 'exchangeAnswers' });
  await service.pool.query('drop trigger refuse on delivery_attempts');
  expect(await postsTo(token)).toEqual([]);
  expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
});
