import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOUR, MINUTE } from '../../domain/durations.ts';
import { daysBefore } from '../support/factories.ts';
import {
  asOf,
  beforeEvaluation,
  evaluated,
  input,
  left,
  progressOf,
  RECENT,
  runOf,
  service,
  setRule,
  setUpBraking,
  startBraked,
  until,
} from './braking.ts';

setUpBraking();

describe('a braked sweep', () => {
  test('of many batches evaluates them all, so that its number is exact, and continues as new meanwhile', async () => {
    const handle = await startBraked({ mentorsPerBatch: 10, batchesPerRun: 5 });
    await left();
    await until(async () => (await progressOf(handle)).braked?.['inactivity']?.expected === RECENT && evaluated === 17);
    await until(async () => (await progressOf(handle)).in_flight === 0);
    expect(await left()).toMatchObject({ messages: 0 });
    await handle.signal('resume');
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({ mentors_evaluated: 160, sent: RECENT });
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
    expect(await progressOf(handle)).toMatchObject({ state: 'finished', done: 16, failed: 0 });
  });

  test('sends its other types meanwhile', async () => {
    await service.sweep(input({ scenarioTypes: ['inactivity', 'certification_expiry'] }));
    await sql`
      insert into certifications (user_id, certification_type, expires_on)
      select id, 'first aid', ${daysBefore(asOf, -7)}::date from users limit 5`.execute(service.db);
    await setRule(3);
    await left();
    const handle = await service.startSweep(
      input({ scenarioTypes: ['inactivity', 'certification_expiry'], mentorsPerBatch: 20 }),
    );
    await until(async () => (await progressOf(handle)).braked !== undefined);
    await until(async () => (await progressOf(handle)).done === 8);
    expect(await left()).toMatchObject({ messages: 5 });
    expect((await progressOf(handle)).scenarios).toMatchObject({ certification_expiry: { sent: 5 } });
    await handle.signal('stop');
    expect((await handle.result()).scenarios).toMatchObject({
      inactivity: { sent: 0, withdrawn: RECENT },
      certification_expiry: { sent: 5, withdrawn: 0 },
    });
    await service.pool.query('delete from certifications');
  });

  test('that shares its batches with another is answered for both, and sends once', async () => {
    await service.sweep(input());
    await setRule(3);
    await left();
    const same = input({ mentorsPerBatch: 20 });
    const [one, two] = [await service.startSweep(same), await service.startSweep(same)];
    for (const each of [one, two]) await until(async () => (await progressOf(each)).braked !== undefined);
    await one.signal('resume');
    for (const each of [one, two]) {
      expect((await each.result()).scenarios['inactivity']).toMatchObject({ claimed: RECENT, sent: RECENT });
    }
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
  });

  test('is sent by another of the same instant that has no brake', async () => {
    const same = input();
    await service.sweep(input());
    await setRule(3);
    const braked = await service.startSweep(same);
    await until(async () => (await progressOf(braked)).braked !== undefined);
    await left();
    await service.sweep({ ...same, brake: false });
    expect((await braked.result()).scenarios['inactivity']).toMatchObject({ sent: RECENT });
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
  });

  test('stays braked when a pause ends that began before it was', async () => {
    await service.sweep(input());
    await setRule(3);
    await left();
    const { promise, resolve } = Promise.withResolvers<void>();
    let isHeld = false;
    beforeEvaluation(() => {
      isHeld = true;
      return promise;
    });
    const handle = await service.startSweep(input());
    await until(() => isHeld);
    await handle.signal('pause');
    resolve();
    await until(async () => (await progressOf(handle)).braked !== undefined);
    expect(await progressOf(handle)).toMatchObject({ state: 'paused' });
    await handle.signal('resume');
    await until(async () => (await progressOf(handle)).state === 'braked');
    await sleep(2_000);
    expect(await left()).toMatchObject({ messages: 0 });
    await handle.signal('resume');
    await handle.result();
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
  });

  test('that is paused sends nothing until it is resumed, once', async () => {
    const handle = await startBraked();
    await handle.signal('pause');
    await left();
    await handle.signal('resume');
    expect((await handle.result()).scenarios['inactivity']).toMatchObject({ sent: RECENT });
    expect(await left()).toEqual({ messages: RECENT, twice: 0 });
  });

  test('is left alone by who looks for stranded claims, and is withdrawn by them once it was terminated', async () => {
    const handle = await startBraked();
    await left();
    let looks = 0;
    const look = async () => {
      const started = await service.client.workflow.start('settleStrandedClaims', {
        workflowId: `look-${++looks}`,
        taskQueue: service.temporal.taskQueue,
      });
      return (await started.result()) as { taken_up: number; runs_ended: number };
    };
    service.setNow(new Date(asOf.getTime() + 10 * MINUTE));
    expect(await look()).toMatchObject({ taken_up: 0, runs_ended: 0 });
    await handle.terminate('by a test');
    service.setNow(new Date(asOf.getTime() + 6 * HOUR));
    expect(await look()).toMatchObject({ runs_ended: 1 });
    const { plan_key } = await runOf(handle);
    expect(await look()).toMatchObject({ taken_up: 1 });
    const [batch] = await service.db
      .selectFrom('evaluation_batches')
      .select('batch_key')
      .where('plan_key', '=', plan_key)
      .execute();
    await service.client.workflow.getHandle(`settle-${batch!.batch_key}`).result();
    expect(await runOf(handle)).toMatchObject({ state: 'terminated', unknown: 0, withdrawn: RECENT });
    expect(await left()).toMatchObject({ messages: 0 });
  });
});
