import { describe, expect, test } from '@jest/globals';
import { asOwner, client, database, register, setUpActing, workAs } from './acting.ts';
import { id } from './world.ts';

setUpActing();

const devices = () =>
  asOwner<{ id: string; user_id: string; token: string; invalidated_at: Date | null }>(
    'select id, user_id, token, invalidated_at from device_tokens',
  );
const audit = () =>
  asOwner<{
    what: string;
    database_role: string;
    person: string | null;
    row_count: number;
    detail: Record<string, unknown>;
  }>('select what, database_role, person, row_count, detail from access_audit');

describe('register_device_token', () => {
  test('a new token belongs to who is signed in', async () => {
    await workAs('authenticated', 'mentor');
    const device = await register('fresh');
    expect(await devices()).toContainEqual({ id: device, user_id: id('mentor'), token: 'fresh', invalidated_at: null });
    expect(await audit()).toEqual([]);
  });

  test('her own token stays the same device, and is in use again', async () => {
    const [before] = await asOwner<{ id: string }>(`
      update device_tokens set invalidated_at = now(), invalidation_reason = 'unregistered' where user_id = '${id('mentor')}' returning id`);
    await workAs('authenticated', 'mentor');
    expect(await register('token of mentor')).toBe(before!.id);
    expect(await devices()).toContainEqual({
      id: before!.id,
      user_id: id('mentor'),
      token: 'token of mentor',
      invalidated_at: null,
    });
    expect(await audit()).toEqual([]);
  });

  test('the token of somebody else changes hands as a new device, and that is written down', async () => {
    const before = (await devices()).find((device) => device.token === 'token of bergen')!;
    await workAs('authenticated', 'mentor');
    const device = await register('token of bergen');
    expect(device).not.toBe(before.id);
    const after = (await devices()).filter((each) => each.token === 'token of bergen');
    expect(after).toEqual([{ id: device, user_id: id('mentor'), token: 'token of bergen', invalidated_at: null }]);
    expect(await audit()).toEqual([
      {
        what: 'register_device_token',
        database_role: 'postgres',
        person: id('mentor'),
        row_count: 1,
        detail: { device_before: before.id, person_before: id('bergen'), device },
      },
    ]);
  });

  test('without the function an upsert of that token is refused by row-level security', async () => {
    await workAs('authenticated', 'mentor');
    const upsert = `insert into device_tokens (user_id, token, platform) values ('${id('mentor')}', 'token of bergen', 'android')
      on conflict (token) do update set user_id = excluded.user_id`;
    await expect(client.query(upsert)).rejects.toMatchObject({ code: '42501' });
  });

  test.each([
    ['anon', undefined],
    ['authenticated', undefined],
    ['service_role', undefined],
    ['scenario_push_worker', undefined],
  ])('nobody registers as %s without being signed in', async (role, person) => {
    await workAs(role, person);
    await expect(register('fresh')).rejects.toMatchObject({ code: '42501' });
  });

  test('a platform that there is not is refused', async () => {
    await workAs('authenticated', 'mentor');
    await expect(register('fresh', 'fax')).rejects.toMatchObject({ code: '23514' });
  });
});

describe('register_device_token of an installation id', () => {
  const registerId = async (fid: string, replaces: string | null = null) =>
    (
      await client.query<{ id: string }>(`select register_device_token($1, 'ios', 'installation_id', $2) as id`, [
        fid,
        replaces,
      ])
    ).rows[0]!.id;
  const deviceOf = async (token: string) =>
    (
      await asOwner<{ id: string; user_id: string; token_kind: string; invalidation_reason: string | null }>(
        `select id, user_id, token_kind, invalidation_reason from device_tokens where token = '${token}'`,
      )
    )[0];

  test('is kept as one, beside the token of the same installation', async () => {
    await workAs('authenticated', 'mentor');
    await register('cInstallation:APA91');
    const device = await registerId('cInstallation');
    expect(await deviceOf('cInstallation')).toEqual({
      id: device,
      user_id: id('mentor'),
      token_kind: 'installation_id',
      invalidation_reason: null,
    });
    expect(await deviceOf('cInstallation:APA91')).toMatchObject({ invalidation_reason: null });
  });

  test('retires the token that it says it replaces, and no other', async () => {
    await workAs('authenticated', 'mentor');
    await register('a token of before');
    await register('another token');
    await registerId('cInstallation', 'a token of before');
    expect(await deviceOf('a token of before')).toMatchObject({ invalidation_reason: 'replaced' });
    expect(await deviceOf('another token')).toMatchObject({ invalidation_reason: null });
    expect(await audit()).toEqual([]);
  });

  test.each([
    ['an id after a token', 'cInstallation:APA91', 'registration_token', 'cInstallation', 'installation_id'],
    ['a token after an id', 'cInstallation', 'installation_id', 'cInstallation:APA91', 'registration_token'],
  ])('who signs in on a device gets all of it: %s', async (_, first, firstKind, second, secondKind) => {
    const call = `select register_device_token($1, 'ios', $2)`;
    await workAs('authenticated', 'bergen');
    await client.query(call, [first, firstKind]);
    const before = (await deviceOf(first))!;
    await workAs('authenticated', 'mentor');
    await client.query(call, [second, secondKind]);
    const after = (await deviceOf(second))!;
    expect(await deviceOf(first)).toMatchObject({ user_id: id('bergen'), invalidation_reason: 'changed_hands' });
    expect(after).toMatchObject({ user_id: id('mentor'), invalidation_reason: null });
    expect(await audit()).toMatchObject([
      {
        person: id('mentor'),
        detail: { device_before: before.id, person_before: id('bergen'), device: after.id },
      },
    ]);
  });

  test('the tokens of others whose beginning is the same as that of a token are left alone', async () => {
    await workAs('authenticated', 'bergen');
    await register('web:one');
    await workAs('authenticated', 'mentor');
    await register('web:two');
    expect(await deviceOf('web:one')).toMatchObject({ invalidation_reason: null });
  });

  test('one that was taken out and comes back is new again', async () => {
    await workAs('authenticated', 'mentor');
    const device = await registerId('cInstallation');
    const registered = async () =>
      (
        await asOwner<{ is_new: boolean }>(
          `select registered_at = now() as is_new from device_tokens where id = '${device}'`,
        )
      )[0]!.is_new;
    const age = (more = '') =>
      asOwner(
        `update device_tokens set registered_at = now() - interval '1 year' ${more} where id = '${device}' returning id`,
      );
    await age();
    await workAs('authenticated', 'mentor');
    await registerId('cInstallation');
    expect(await registered()).toBe(false);
    await age(`, invalidated_at = now(), invalidation_reason = 'test'`);
    await workAs('authenticated', 'mentor');
    expect(await registerId('cInstallation')).toBe(device);
    expect(await registered()).toBe(true);
  });

  test.each([
    ['a registration token', 'c:APA91', 'installation_id', 'kind: expected registration_token, got installation_id'],
    ['a kind that there is not', 'c', 'fid', 'device_tokens_token_kind_check'],
  ])('%s is refused', async (_, token, kind, words) => {
    await workAs('authenticated', 'mentor');
    const registering = client.query(`select register_device_token($1, 'ios', $2)`, [token, kind]);
    await expect(registering).rejects.toMatchObject({ code: '23514', message: expect.stringContaining(words) });
  });
});

test('two who register one token at once get it one after the other, and the second change of hands is written down', async () => {
  const [first, second] = await Promise.all([database.pool.connect(), database.pool.connect()]);
  try {
    const begin = (person: string) =>
      `begin; set local request.jwt.claims = '{"sub": "${id(person)}"}'; set local role authenticated`;
    await first.query(begin('mentor'));
    await second.query(begin('bergen'));
    await first.query(`select register_device_token('shared', 'web')`);
    const waiting = second.query(`select register_device_token('shared', 'web')`);
    await first.query('commit');
    await waiting;
    await second.query('commit');
    expect((await devices()).filter((each) => each.token === 'shared').map((each) => each.user_id)).toEqual([
      id('bergen'),
    ]);
    expect(await audit()).toMatchObject([
      { what: 'register_device_token', person: id('bergen'), detail: { person_before: id('mentor') } },
    ]);
  } finally {
    first.release();
    second.release();
    await database.pool.query(`delete from access_audit; delete from device_tokens where token = 'shared'`);
  }
});
