import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { checkStaleTokens, paceOf, type TokenPageRequest } from '../../activities/check-stale-tokens.ts';
import { DISPATCH_DEFAULTS } from '../../activities/dependencies.ts';
import { createSending } from '../../activities/sending.ts';
import { DeviceTokenRepository } from '../../db/device-tokens.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../domain/durations.ts';
import { device, mentor } from '../support/factories.ts';
import { startService, type TestService } from '../support/service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
const ago = (ms: number) => new Date(asOf.getTime() - ms);
let service: TestService;
let user: string;
beforeAll(async () => {
  service = await startService(asOf);
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.pool.query('truncate push_gates, sending_halts, users cascade');
  user = await mentor(service.db, { devices: [] });
});

function check(request: Partial<TokenPageRequest> = {}) {
  const deps = { ...service.deps, tokens: new DeviceTokenRepository(service.worker.db) };
  const sending = createSending(deps, DISPATCH_DEFAULTS);
  return checkStaleTokens({ after: null, asOf: asOf.toISOString(), ...request }, deps, DISPATCH_DEFAULTS, sending);
}

const stale = (token: string, more: Parameters<typeof device>[2] = {}) =>
  device(service.db, user, { token, registeredAt: ago(31 * DAY), ...more });
async function staleTokens(count: number): Promise<string[]> {
  const made = await Promise.all(Array.from({ length: count }, () => mentor(service.db, { devices: [] })));
  await Promise.all(made.map((id) => device(service.db, id, { token: `stale-${id}`, registeredAt: ago(31 * DAY) })));
  return made.map((id) => `stale-${id}`);
}
const reasons = async () =>
  Object.fromEntries(
    (await service.db.selectFrom('device_tokens').select(['token', 'invalidation_reason']).execute()).map((row) => [
      row.token,
      row.invalidation_reason,
    ]),
  );
const asked = async () => (await service.emulator.ledger()).map((entry) => entry.token);

describe('the check of stale tokens is spread', () => {
  test.each([
    [0, 20, 5 * MINUTE],
    [20, 20, 5 * MINUTE],
    [1_440, 20, 5 * MINUTE],
    [1_441, 21, 5 * MINUTE],
    [36_000, 500, 5 * MINUTE],
    [1_000_000, 500, 10_800],
  ])('%i: pages of %i', (tokens, pageSize, waitMs) => {
    expect(paceOf(tokens)).toEqual({ pageSize, waitMs });
  });

  test('over six hours at the most, however many there are', () => {
    for (const tokens of [1, 999, 20_000, 36_001, 77_777, 5_000_000]) {
      const { pageSize, waitMs } = paceOf(tokens);
      expect(Math.ceil(tokens / pageSize) * waitMs).toBeLessThanOrEqual(6 * HOUR);
    }
  });

  test('a page has as many as it says, and the next goes on after it', async () => {
    const tokens = await staleTokens(25);
    const before = (await asked()).length;
    const first = await check();
    expect(first).toMatchObject({ checked: 20, waitMs: 5 * MINUTE, pace: { pageSize: 20 }, stopped: null });
    const last = await check({ after: first.next, pace: first.pace });
    expect(last).toMatchObject({ checked: 5, next: null, waitMs: 0 });
    expect((await asked()).slice(before).toSorted()).toEqual(tokens.toSorted());
  });
});

describe('the check asks whether sending is allowed', () => {
  test('and asks nobody while an operator has halted it', async () => {
    await stale('unregistered-halted');
    await service.pool.query(`insert into sending_halts (started_at, note) values (now(), 'wrong text')`);
    expect(await check()).toMatchObject({ checked: 0, stopped: 'halted: wrong text', waitMs: 5 * MINUTE });
    expect(await asked()).not.toContain('unregistered-halted');
    await service.pool.query('update sending_halts set ended_at = now()');
    expect(await check()).toMatchObject({ checked: 1, invalidated: 1, next: null });
  });

  test('a push service that asks for a pause gets it, from sending too, and the rest is asked about later', async () => {
    const [token] = (await staleTokens(3)).toSorted();
    service.emulator.script(token!, { answer: 'quota', retry_after: 30 });
    const first = await check();
    expect(first).toMatchObject({ checked: 3, undecided: 1, next: null });
    expect(await service.repository.askGate('test', SECOND)).toMatchObject({ state: 'closed' });
    const during = await check();
    expect(during).toMatchObject({ checked: 0, stopped: expect.stringContaining('closed: messaging/') });
    expect(during.waitMs).toBeGreaterThan(20 * SECOND);
  });

  test('after a pause it asks about one token, and what answers opens the push service for all', async () => {
    await staleTokens(3);
    await service.pool.query(
      `insert into push_gates (project_id, closed_until, reason, closures) values ('test', now() - interval '1 second', 'test', 1)`,
    );
    const probe = await check();
    expect(probe).toMatchObject({ checked: 1, next: expect.any(String) });
    expect(await service.repository.askGate('test', SECOND)).toMatchObject({ state: 'open' });
    expect(await check({ after: probe.next, pace: probe.pace })).toMatchObject({ checked: 2, next: null });
  });
});

describe('a token of iOS', () => {
  test('that nobody has shown for more than 270 days is retired unasked; exactly 270 days are not too many', async () => {
    await stale('ios-over', { platform: 'ios', registeredAt: ago(270 * DAY + 1) });
    await stale('ios-just', { platform: 'ios', registeredAt: ago(270 * DAY) });
    await stale('ios-id', { platform: 'ios', registeredAt: ago(271 * DAY), kind: 'installation_id' });
    await stale('android-over', { platform: 'android', registeredAt: ago(400 * DAY) });
    const before = (await asked()).length;
    expect(await check()).toMatchObject({ checked: 4, invalidated: 2, undecided: 0, next: null });
    expect(await reasons()).toEqual({
      'ios-over': 'not_seen_for_270_days',
      'ios-just': null,
      'ios-id': 'not_seen_for_270_days',
      'android-over': null,
    });
    expect((await asked()).slice(before).toSorted()).toEqual(['android-over', 'ios-just']);
  });

  test('that was shown since stays, however long ago it was registered', async () => {
    const { id } = await stale('ios-shown', { platform: 'ios', registeredAt: ago(400 * DAY) });
    await service.db
      .updateTable('device_tokens')
      .set({ last_seen_at: ago(40 * DAY) })
      .where('id', '=', id)
      .execute();
    expect(await check()).toMatchObject({ checked: 1, invalidated: 0 });
  });
});

test('an installation id is checked as one, and taken out when it is unregistered', async () => {
  await stale('unregistered-fid', { kind: 'installation_id' });
  expect(await check()).toMatchObject({ checked: 1, invalidated: 1 });
  expect(await reasons()).toEqual({ 'unregistered-fid': 'messaging/installation-id-not-registered' });
  expect((await service.emulator.ledger()).at(-1)).toMatchObject({ target: 'fid', validate_only: true });
});
