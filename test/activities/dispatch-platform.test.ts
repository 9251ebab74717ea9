import { describe, expect, test } from '@jest/globals';
import { HOUR, MINUTE } from '../../domain/durations.ts';
import { claimsOf } from '../db/claiming.ts';
import { daysBefore, device, mentor } from '../support/factories.ts';
import { after, asOf, attemptsOf, claim, dueMentor, pass, postsTo, service, setUpDispatching } from './dispatching.ts';

setUpDispatching();

async function dueWith(platform: 'android' | 'ios' | 'web', answers: readonly 'third_party_auth'[] = []) {
  const id = await mentor(service.db, { devices: [] });
  const token = `secret-${platform}-${id}`;
  await device(service.db, id, { token, platform });
  if (answers.length > 0) service.emulator.script(token, ...answers);
  return { id, token };
}

describe('an expired key for one platform', () => {
  const REFUSED = Array<'third_party_auth'>(20).fill('third_party_auth');

  test('leaves the others served: all of Android is told, and iOS is tried little', async () => {
    const iphones = await Promise.all(Array.from({ length: 40 }, () => dueWith('ios', REFUSED)));
    const androids = await Promise.all(Array.from({ length: 60 }, () => dueWith('android')));
    const { counts, stop } = await pass(await claim());
    expect({ counts, stop }).toMatchObject({ counts: { sent: 60, open: 40 }, stop: null });
    for (const { token } of androids) expect(await postsTo(token)).toHaveLength(1);
    const tried = await Promise.all(iphones.map(async ({ token }) => (await postsTo(token)).length));
    expect(Math.max(...tried)).toBe(1);
    // Five that close it, and what was in flight beside them.
    expect(tried.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(20);
    expect(counts.next_ms).toBeGreaterThan(0);
  });

  test('is waited for as long as it is set aside, and then all of iOS is told once', async () => {
    const iphones = await Promise.all(Array.from({ length: 12 }, () => dueWith('ios', ['third_party_auth'])));
    const batch = await claim();
    const { counts } = await pass(batch);
    expect(counts).toMatchObject({ sent: 0, open: 12 });
    for (const { id } of iphones) {
      const [waits] = await claimsOf(service.db, id);
      expect(waits!.next_attempt_at!.getTime()).toBeGreaterThanOrEqual(asOf.getTime());
    }
    // Those that were not tried at first are refused now, once.
    for (const passes of [1, 2]) {
      await service.pool.query('update push_gates set closed_until = clock_timestamp()');
      service.setNow(after(passes * 10 * MINUTE));
      await pass(batch);
    }
    expect((await service.repository.countBatch(batch, after(20 * MINUTE))).sent).toBe(12);
    for (const { token } of iphones) expect(await postsTo(token)).toHaveLength(2);
  });

  test('does not keep a mentor from being told on their other phone', async () => {
    await Promise.all(Array.from({ length: 12 }, () => dueWith('ios', REFUSED)));
    const both = await dueWith('ios', REFUSED);
    await device(service.db, both.id, { token: `secret-other-${both.id}` });
    const batch = await claim();
    await pass(batch);
    expect(await postsTo(`secret-other-${both.id}`)).toHaveLength(1);
    expect((await claimsOf(service.db, both.id))[0]).toMatchObject({ state: 'sent' });
  });
});

test('one mentor with 110 devices that are refused keeps nobody else from being told', async () => {
  const refused = await mentor(service.db, { devices: [] });
  for (let i = 0; i < 110; i++) {
    await device(service.db, refused, { token: `secret-${refused}-${i}` });
    service.emulator.script(`secret-${refused}-${i}`, ...Array<'third_party_auth'>(20).fill('third_party_auth'));
  }
  const others = await Promise.all(Array.from({ length: 119 }, () => dueMentor()));
  const { counts } = await pass(await claim());
  expect(counts).toMatchObject({ sent: 119, open: 1 });
  for (const { token } of others) expect(await postsTo(token)).toHaveLength(1);
});

describe('a probe', () => {
  const closed = () =>
    service.pool.query(
      `insert into push_gates (project_id, closed_until, reason, closures) values ('test', now() - interval '1 second', 'test', 1)`,
    );
  const change = (id: string, values: object) =>
    service.db.updateTable('scenario_claims').set(values).where('user_id', '=', id);

  test('goes first to whom nothing was refused yet', async () => {
    const [first, second] = (await Promise.all([dueMentor(), dueMentor()])).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const batch = await claim();
    service.emulator.script(first!.token, 'quota');
    await change(first!.id, { next_attempt_at: asOf }).execute();
    await closed();
    service.setNow(after(MINUTE));
    await pass(batch);
    expect(await attemptsOf(second!.id)).toMatchObject([{ outcome: 'accepted' }]);
  });

  test('goes to whom something was refused, where all others wait for their hours', async () => {
    const [refused, waiting] = [await dueMentor(), await dueMentor()];
    const batch = await claim();
    await change(refused.id, { next_attempt_at: asOf }).execute();
    await change(waiting.id, { send_at: after(12 * HOUR), expires_at: after(36 * HOUR) }).execute();
    await closed();
    service.setNow(after(MINUTE));
    expect((await pass(batch)).counts).toMatchObject({ sent: 1, deferred: 1 });
    expect(await postsTo(refused.token)).toHaveLength(1);
  });

  test('goes to whom something was refused, where their own next notification was not', async () => {
    const { id, token } = await dueMentor([], {
      activities: Array.from({ length: 110 }, (_, day) => daysBefore(asOf, day)),
    });
    const batch = await claim({ scenarioType: 'milestone' });
    const claims = await claimsOf(service.db, id);
    expect(claims.map(({ position }) => position).toSorted()).toEqual([100, 50]);
    await service.pool.query('update scenario_claims set next_attempt_at = $1 where position = 50', [asOf]);
    await closed();
    service.setNow(after(MINUTE));
    expect((await pass(batch)).counts).toMatchObject({ sent: 2, open: 0 });
    expect(await postsTo(token)).toHaveLength(2);
  });

  test('looks for them in the whole batch, wherever the pass has got to', async () => {
    const refused = await dueMentor();
    const batchKey = await claim();
    await change(refused.id, { next_attempt_at: asOf }).execute();
    await closed();
    const { fence } = (await service.repository.becomeHolder(batchKey, null))!;
    const { attempts } = await service.repository.beginAttempts({
      batchKey,
      fence,
      messages: 1,
      now: after(MINUTE),
      afterUser: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
      checkBefore: new Date(0),
      projectId: 'test',
      isProbe: true,
    });
    expect(attempts).toMatchObject([{ user_id: refused.id }]);
  });
});

describe('more devices than a person may have, as an adopted table may hold', () => {
  const withoutLimits = async (work: () => Promise<void>) => {
    await service.pool.query('alter table device_tokens disable trigger user');
    await work();
    await service.pool.query('alter table device_tokens enable trigger user');
  };

  test('are the newest twenty to whoever sends', async () => {
    const id = await mentor(service.db, { devices: [] });
    const token = (place: number) => `secret-${id}-${place}`;
    await withoutLimits(async () => {
      for (let place = 1; place <= 22; place++) {
        await device(service.db, id, { token: token(place), registeredAt: after(-place * MINUTE) });
      }
    });
    expect((await pass(await claim())).counts).toMatchObject({ sent: 1 });
    expect(await postsTo(token(20))).toHaveLength(1);
    expect(await postsTo(token(21))).toEqual([]);
  });

  test('and one whose token is too long is none', async () => {
    const { id, token } = await dueMentor();
    const long = `secret-${id}-`.padEnd(4_097, 'abcdefgh');
    await service.pool.query('drop index device_tokens_token_key').catch(() => {});
    await service.pool.query('alter table device_tokens drop constraint if exists device_tokens_token_key');
    await withoutLimits(async () => void (await device(service.db, id, { token: long })));
    expect((await pass(await claim())).counts).toMatchObject({ sent: 1 });
    expect(await postsTo(token)).toHaveLength(1);
    expect(await postsTo(long)).toEqual([]);
  });
});
