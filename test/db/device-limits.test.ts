import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MINUTE } from '../../domain/durations.ts';
import { startScenario, type ScenarioUnderTest } from '../scenarios/scenario-under-test.ts';
import { device, mentor } from '../support/factories.ts';

let service: ScenarioUnderTest;
let me: string;
beforeAll(async () => {
  service = await startScenario('inactivity');
});
afterAll(() => service.stop());
beforeEach(async () => {
  me = await mentor(service.db, { devices: [] });
});

/** A transaction as the person signed in. */
async function asPerson(id: string, query: string, values: readonly unknown[] = []): Promise<void> {
  const client = await service.pool.connect();
  try {
    await client.query(`begin; set local role authenticated; set local request.jwt.claims = '{"sub": "${id}"}'`);
    await client.query(query, [...values]);
    await client.query('commit');
  } finally {
    await client.query('rollback').catch(() => {});
    client.release();
  }
}

const register = (id: string, token: string) =>
  asPerson(id, `select public.register_device_token($1, 'android')`, [token]);
const insertMany = (count: number, token = `'token ' || n || gen_random_uuid()`) => `
  insert into device_tokens (user_id, token, platform, registered_at)
  select '${me}', ${token}, 'android', timestamptz '2026-01-01' + n * interval '1 minute' from generate_series(1, ${count}) n`;

async function inUse(id = me): Promise<string[]> {
  const { rows } = await service.pool.query<{ token: string }>(
    `select token from device_tokens where user_id = $1 and invalidated_at is null order by registered_at, token`,
    [id],
  );
  return rows.map(({ token }) => token);
}

describe('a token', () => {
  test('has 4096 bytes at most, whoever writes it and however', async () => {
    const refused = 'device_tokens.token: expected 1 to 4096 bytes, got 4097';
    await register(me, 'x'.repeat(4096));
    await expect(register(me, 'x'.repeat(4097))).rejects.toThrow(refused);
    const insert = `insert into device_tokens (user_id, token, platform) values ('${me}', $1, 'ios')`;
    await asPerson(me, insert, ['y'.repeat(4096)]);
    await expect(asPerson(me, insert, ['y'.repeat(4097)])).rejects.toThrow(refused);
    await expect(asPerson(me, `update device_tokens set token = $1`, ['z'.repeat(4097)])).rejects.toMatchObject({
      code: '23514',
      table: 'device_tokens',
      column: 'token',
      message: refused,
    });
  });

  test('has bytes, not characters, and one of them at least', async () => {
    await expect(register(me, 'é'.repeat(2049))).rejects.toThrow('got 4098');
    await expect(register(me, '')).rejects.toThrow('expected 1 to 4096 bytes, got 0');
    await register(me, 'é');
  });

  test('that is refused is not repeated', async () => {
    await expect(register(me, 'hush'.repeat(2_000))).rejects.not.toThrow('hush');
  });
});

describe('a person has 20 devices in use', () => {
  test('and with the 21st the oldest gives way, with a reason', async () => {
    for (let n = 1; n <= 20; n++) await register(me, `${me} ${n}`);
    expect(await inUse()).toHaveLength(20);
    await register(me, `${me} 21`);
    expect(await inUse()).toEqual(Array.from({ length: 20 }, (_, at) => `${me} ${at + 2}`));
    const { rows } = await service.pool.query(
      'select token, invalidation_reason from device_tokens where user_id = $1 and invalidated_at is not null',
      [me],
    );
    expect(rows).toEqual([{ token: `${me} 1`, invalidation_reason: 'too_many_devices' }]);
  });

  test('whoever inserts them, all at once: the newest stay', async () => {
    await asPerson(me, insertMany(3_000, `'${me} ' || lpad(n::text, 4, '0')`));
    expect(await inUse()).toEqual(Array.from({ length: 20 }, (_, at) => `${me} ${2981 + at}`));
  });

  test('a device that was seen lately stays, however long ago it was registered', async () => {
    await device(service.db, me, { token: `${me} old`, registeredAt: new Date('2020-01-01T00:00:00Z') });
    await register(me, `${me} old`);
    await asPerson(me, insertMany(25));
    expect(await inUse()).toContain(`${me} old`);
    expect(await inUse()).toHaveLength(20);
  });

  test('one that comes back counts again', async () => {
    await asPerson(me, insertMany(21));
    await asPerson(me, `update device_tokens set invalidated_at = null, last_seen_at = now() where user_id = '${me}'`);
    expect(await inUse()).toHaveLength(20);
  });

  test('one that changes hands counts for its new holder, and frees nothing it should not', async () => {
    const other = await mentor(service.db, { devices: [] });
    await register(other, `${other} phone`);
    for (let n = 1; n <= 20; n++) await register(me, `${me} ${n}`);
    await register(me, `${other} phone`);
    expect(await inUse()).toHaveLength(20);
    expect(await inUse()).toContain(`${other} phone`);
    expect(await inUse(other)).toEqual([]);
  });

  test('nobody else’s give way', async () => {
    const other = await mentor(service.db, { devices: ['ios'] });
    await asPerson(me, insertMany(30));
    expect(await inUse(other)).toHaveLength(1);
  });

  test('also where forty register at the same moment', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, n) => register(me, `${me} ${n}`)));
    expect(await inUse()).toHaveLength(20);
  });

  test('and a whole audience is loaded in one statement with 256 locks at most', async () => {
    const client = await service.pool.connect();
    try {
      await client.query('begin');
      await client.query(`
        insert into users (chapter_id, role)
        select chapter_id, 'peer_mentor' from users, generate_series(1, 3000) where id = '${me}'`);
      await client.query(`
        insert into device_tokens (user_id, token, platform)
        select id, id::text || n, 'web' from users, generate_series(1, 2) n where id <> '${me}'`);
      const { rows } = await client.query<{ locks: number }>(
        `select count(*)::int as locks from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`,
      );
      expect(rows[0]!.locks).toBeGreaterThan(200);
      expect(rows[0]!.locks).toBeLessThanOrEqual(256);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});

describe('an adopted table, whose owner lets in what they like', () => {
  beforeAll(() => service.pool.query('alter table device_tokens disable trigger user'));
  afterAll(() => service.pool.query('alter table device_tokens enable trigger user'));
  const idle = { createdAt: new Date(Date.parse('2026-11-20T11:00:00Z') - 40 * 24 * 60 * MINUTE) };

  test('a token that is too long is no device', async () => {
    const [long, whole] = [
      await mentor(service.db, { ...idle, devices: [] }),
      await mentor(service.db, { ...idle, devices: [] }),
    ];
    await device(service.db, long, { token: 'a'.repeat(4097) });
    await device(service.db, whole, { token: 'a'.repeat(4096) });
    expect(await service.candidates(long)).toMatchObject([{ reason: 'no_device_token' }]);
    expect(await service.candidates(whole)).toMatchObject([{ reason: null }]);
  });
});

test('what the table held before it had limits is invalidated by the migration, with a reason', async () => {
  await service.pool.query('alter table device_tokens disable trigger user');
  await service.pool.query(insertMany(30, `'${me} ' || lpad(n::text, 2, '0')`));
  await device(service.db, me, { token: `${me}${'a'.repeat(4097)}` });
  await service.pool.query('alter table device_tokens enable trigger user');
  await service.pool.query(readFileSync('migrations/20261121004030_devices_of_before.sql', 'utf8'));
  expect(await inUse()).toEqual(Array.from({ length: 20 }, (_, at) => `${me} ${at + 11}`));
  const { rows } = await service.pool.query(
    `select invalidation_reason as reason, count(*)::int as n from device_tokens
     where user_id = $1 and invalidated_at is not null group by 1 order by 1`,
    [me],
  );
  expect(rows).toEqual([
    { reason: 'token_too_long', n: 1 },
    { reason: 'too_many_devices', n: 10 },
  ]);
});
