import { describe, expect, test } from '@jest/globals';
import { HOUR, SECOND } from '../../domain/durations.ts';
import type { Answer } from '../../local/fcm-emulator/emulator.ts';
import { claimsOf } from '../db/claiming.ts';
import { device, mentor } from '../support/factories.ts';
import {
  after,
  asOf,
  attemptsOf,
  claim,
  pass,
  passesUntilSettled,
  postsTo,
  service,
  setUpDispatching,
  tokenRow,
} from './dispatching.ts';

setUpDispatching();

const NOT_REGISTERED = 'messaging/installation-id-not-registered';
const DAY_AGO = after(-24 * HOUR);
let installations = 0;

/** A mentor whose app has registered by installation id, with the answers to the next messages to it. */
async function dueWithId(
  answers: readonly Answer[] = [],
  {
    registeredAt = DAY_AGO,
    also = [] as readonly ('token' | 'other token')[],
    tokenAnswers = [] as readonly Answer[],
  } = {},
) {
  const id = await mentor(service.db, { devices: [] });
  const fid = `secret-fid-${++installations}`;
  const { id: deviceId } = await device(service.db, id, { token: fid, kind: 'installation_id', registeredAt });
  service.emulator.script(fid, ...answers);
  const token = `${fid}:APA91`;
  if (also.includes('token')) await device(service.db, id, { token });
  service.emulator.script(token, ...tokenAnswers);
  const other = `secret-other-${installations}:APA91`;
  if (also.includes('other token')) await device(service.db, id, { token: other });
  return { id, fid, deviceId, token, other };
}

const posts = async (token: string) => (await postsTo(token)).map(({ target, answer }) => [target, answer]);

describe('a device of which there is an installation id and a registration token', () => {
  test('is told once, through the id', async () => {
    const { id, fid, token } = await dueWithId([], { also: ['token'] });
    await pass(await claim());
    expect(await posts(fid)).toEqual([['fid', 'accepted']]);
    expect(await posts(token)).toEqual([]);
    expect((await claimsOf(service.db, id))[0]).toMatchObject({ state: 'sent' });
  });

  test('is another device than one whose token begins with another id', async () => {
    const { fid, token, other } = await dueWithId([], { also: ['token', 'other token'] });
    await pass(await claim());
    expect(await posts(fid)).toEqual([['fid', 'accepted']]);
    expect(await posts(token)).toEqual([]);
    expect(await posts(other)).toEqual([[undefined, 'accepted']]);
  });

  test.each([
    ['which is new and stays', asOf, null],
    ['which is taken out', DAY_AGO, NOT_REGISTERED],
  ])('is told through the token where the id is unregistered, %s', async (_, registeredAt, reason) => {
    const unregistered = Array<Answer>(5).fill('unregistered');
    const { id, fid, token, deviceId } = await dueWithId(unregistered, { also: ['token'], registeredAt });
    await passesUntilSettled(await claim());
    expect(await posts(fid)).toEqual([['fid', 'unregistered']]);
    expect(await posts(token)).toEqual([[undefined, 'accepted']]);
    expect((await claimsOf(service.db, id))[0]).toMatchObject({ state: 'sent' });
    expect(await tokenRow(deviceId)).toMatchObject({ invalidation_reason: reason });
  });

  test('is not told through the token where what the id came to is unknown', async () => {
    const { fid, token } = await dueWithId(['reset_after_accept', 'accepted'], { also: ['token'] });
    await passesUntilSettled(await claim());
    expect(await posts(fid)).toEqual([
      ['fid', 'reset_after_accept'],
      ['fid', 'accepted'],
    ]);
    expect(await posts(token)).toEqual([]);
  });

  test('is told by the build before through neither: it knows no ids, and the token gives way', async () => {
    const { id } = await dueWithId([], { also: ['token', 'other token'] });
    await claim();
    const [waiting] = await claimsOf(service.db, id);
    const { rows } = await service.pool.query('select token from scenario_push.devices_to_try($1, $2)', [
      waiting!.id,
      id,
    ]);
    expect(rows).toEqual([{ token: expect.stringMatching(/^secret-other/) }]);
  });
});

describe('an installation id that is answered "unregistered"', () => {
  test.each([
    ['23 h 59 min 59.999 s ago is new: it stays, and what was due is sent by the next try', 1, 'accepted', null],
    ['exactly 24 hours ago is not: it is taken out, and nothing is sent', 0, 'unregistered', NOT_REGISTERED],
  ] as const)('and was registered %s', async (_, ms, last, reason) => {
    const registeredAt = new Date(DAY_AGO.getTime() + ms);
    const { id, fid, deviceId } = await dueWithId(['unregistered'], { registeredAt });
    await passesUntilSettled(await claim());
    expect((await posts(fid)).at(-1)).toEqual(['fid', last]);
    expect((await claimsOf(service.db, id))[0]).toMatchObject({ state: reason === null ? 'sent' : 'released' });
    expect(await tokenRow(deviceId)).toMatchObject({ invalidation_reason: reason });
    expect((await attemptsOf(id))[0]).toMatchObject({ error_code: NOT_REGISTERED, retryable: reason === null });
  });

  test('is tried again in its own time, not at once', async () => {
    const { id, fid } = await dueWithId(['unregistered'], { registeredAt: asOf });
    const batch = await claim();
    const settings = { refusedRetryDelaysMs: [SECOND] };
    const { counts } = await pass(batch, { settings });
    expect(counts).toMatchObject({ sent: 0, open: 1 });
    expect(await posts(fid)).toHaveLength(1);
    service.setNow(after(2 * SECOND));
    expect((await pass(batch, { settings })).counts).toMatchObject({ sent: 1, open: 0 });
    expect((await claimsOf(service.db, id))[0]).toMatchObject({ state: 'sent' });
  });

  test('a registration token is condemned at once, however new', async () => {
    const id = await mentor(service.db, { devices: [] });
    const { id: deviceId } = await device(service.db, id, { token: 'unregistered-secret-new', registeredAt: asOf });
    await pass(await claim());
    expect(await tokenRow(deviceId)).toMatchObject({
      invalidation_reason: 'messaging/registration-token-not-registered',
    });
  });
});
