import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { DAY, HOUR } from '../../domain/durations.ts';
import type { SweepInput } from '../../workflows/scenario-sweep.ts';
import {
  asOf,
  input,
  left,
  progressOf,
  QUIET,
  RECENT,
  runOf,
  service,
  setRule,
  setUpBraking,
  startBraked,
  until,
} from './braking.ts';

setUpBraking();

describe('a rule that is changed from 30 to 3 days', () => {
  test('is braked: progress and runs have both numbers, and nothing of it leaves', async () => {
    const handle = await startBraked();
    expect(await left()).toEqual({ messages: QUIET, twice: 0 });
    const until = new Date(asOf.getTime() + 6 * HOUR).toISOString();
    expect(await progressOf(handle)).toMatchObject({
      state: 'braked',
      braked: { inactivity: { expected: RECENT, usual: QUIET, sweeps: 1, until } },
      in_flight: 0,
      done: 0,
    });
    expect(await runOf(handle)).toMatchObject({
      state: 'braked',
      claimed: RECENT,
      sent: 0,
      brake: { state: 'braked', expected: RECENT, usual: QUIET, sweeps: 1 },
    });
    await sleep(2_000);
    expect(await left()).toMatchObject({ messages: 0 });
    await handle.signal('stop');
    await handle.result();
  });

  test('is sent once when it is resumed', async () => {
    const handle = await startBraked();
    await left();
    await handle.signal('resume');
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({
      claimed: RECENT,
      sent: RECENT,
      withdrawn: 0,
    });
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
    expect(await runOf(handle)).toMatchObject({ state: 'finished', brake: { state: 'released' } });
    expect((await progressOf(handle)).braked).toBeUndefined();
  });

  test('is looked at again when it is resumed: a rule that was mended meanwhile sends only what it should', async () => {
    const handle = await startBraked();
    await left();
    await setRule(30);
    await handle.signal('resume');
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({ sent: 0, withdrawn: RECENT });
    expect(await left()).toMatchObject({ messages: 0 });
  });

  test('is withdrawn when it is stopped', async () => {
    const handle = await startBraked();
    await left();
    await handle.signal('stop');
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({
      claimed: RECENT,
      sent: 0,
      withdrawn: RECENT,
    });
    expect(await left()).toMatchObject({ messages: 0 });
    expect(await runOf(handle)).toMatchObject({ state: 'stopped', unknown: 0, brake: { state: 'withdrawn' } });
    expect(await progressOf(handle)).toMatchObject({
      state: 'stopped',
      scenarios: { inactivity: { withdrawn: RECENT } },
    });
  });

  test('waits a millisecond short of six hours for an answer, and is withdrawn after them', async () => {
    const handle = await startBraked();
    await left();
    service.setNow(new Date(asOf.getTime() + 6 * HOUR - 1));
    await sleep(5_000);
    expect(await progressOf(handle)).toMatchObject({ state: 'braked' });
    service.setNow(new Date(asOf.getTime() + 6 * HOUR));
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({ sent: 0, withdrawn: RECENT });
    expect(await left()).toMatchObject({ messages: 0 });
    expect(await runOf(handle)).toMatchObject({ state: 'finished', brake: { state: 'withdrawn' } });
  });

  test('and withdrawn is no measure: the next sweep is braked by what was usual before', async () => {
    const handle = await startBraked();
    service.setNow(new Date(asOf.getTime() + 6 * HOUR));
    await handle.result();
    service.setNow(asOf);
    const next = await service.startSweep(input());
    await until(async () => (await progressOf(next)).braked !== undefined);
    expect((await progressOf(next)).braked).toMatchObject({ inactivity: { usual: QUIET, sweeps: 1 } });
    await next.signal('stop');
    await next.result();
  });

  test('is sent where the sweep has no brake, or one that bears it', async () => {
    await service.sweep(input());
    await setRule(3);
    await left();
    const result = await service.sweep(input({ brake: false }));
    expect(result.scenarios['inactivity']).toMatchObject({ sent: RECENT });
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
  });

  test.each([{ factor: RECENT / QUIET }, { minimum: RECENT }])(
    'is sent with %j, which it does not exceed',
    async (brake) => {
      await service.sweep(input());
      await setRule(3);
      const result = await service.sweep(input({ brake }));
      expect(result.scenarios['inactivity']).toMatchObject({ sent: RECENT });
      await left();
    },
  );

  test('is sent where the sweep is limited to what is not too many', async () => {
    await service.sweep(input());
    await setRule(3);
    const result = await service.sweep(input({ limit: 100, mentorsPerBatch: 20 }));
    expect(result.scenarios['inactivity']).toMatchObject({ sent: 100 });
    await left();
  });
});

test('a sweep of the past that only reports is not braked', async () => {
  await setRule(3);
  const result = await service.sweep({ ...input(), asOf: new Date(asOf.getTime() - DAY).toISOString() });
  expect(result.scenarios['inactivity']).toMatchObject({ claimed: 0 });
  await left();
});

test.each<[unknown, string]>([
  [{ brake: true }, 'brake: expected false, or an object such as {"factor": 3, "minimum": 100}'],
  [{ brake: { factor: 0.5 } }, 'with a factor from 1 to 1000'],
  [{ brake: { minimum: -1 } }, 'a whole minimum, 0 or more'],
  [{ brake: { maximum: 5 } }, 'brake: expected false'],
])('a sweep with %j is refused in words', async (bad, message) => {
  const handle = await service.startSweep(bad as SweepInput);
  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'E_SWEEP_INPUT', message: expect.stringContaining(message) },
  });
});
