import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decideHeld, listHeld } from '../../db/held.ts';
import { DAY } from '../../domain/durations.ts';
import { chapter, device, mentor, rule } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let service: SweepService;
let arrived: string;
let lost: string;

beforeAll(async () => {
  service = await startSweepService(asOf);
  const chapterId = await chapter(service.db);
  await rule(service.db, { scenarioType: 'inactivity', chapterId, cooldownMinutes: 20_160, onUnknown: 'hold' });
  [arrived, lost] = [
    await mentor(service.db, { chapterId, devices: [] }),
    await mentor(service.db, { chapterId, devices: [] }),
  ];
  for (const id of [arrived, lost]) {
    const { token } = await device(service.db, id);
    service.emulator.script(token, 'unavailable_but_delivered');
  }
  await service.sweep({ scenarioTypes: ['inactivity'], asOf: asOf.toISOString() });
});
afterAll(() => service.stop());

const heldOf = async (id: string) =>
  (await listHeld(service.db, 10)).find((held) => held.user_id === id)?.idempotency_key;
const recordsOf = (id: string) =>
  service.db.selectFrom('scenario_notifications').selectAll().where('user_id', '=', id).execute();
const logOf = (id: string) =>
  service.db.selectFrom('follow_up_notification_log').selectAll().where('peer_mentor_id', '=', id).execute();
const run = () =>
  service.db.selectFrom('evaluation_runs').select(['claimed', 'sent', 'failed', 'unknown']).executeTakeFirstOrThrow();

test('under hold, two unknown outcomes are sent to once, recorded as unknown, and not logged for coordinators', async () => {
  expect(await service.emulator.ledger()).toHaveLength(2);
  expect(await recordsOf(arrived)).toMatchObject([{ delivery_status: 'unknown' }]);
  expect(await logOf(arrived)).toEqual([]);
  expect(await run()).toEqual({ claimed: 2, sent: 0, failed: 0, unknown: 2 });
});

test('one that arrived is settled: its record becomes sent, coordinators read delivered, the run counts it', async () => {
  const key = (await heldOf(arrived))!;
  expect(await decideHeld(service.worker.db, 'settle', [key], asOf)).toEqual([key]);
  expect(await recordsOf(arrived)).toMatchObject([{ delivery_status: 'sent' }]);
  expect(await logOf(arrived)).toMatchObject([{ status: 'delivered' }]);
  expect(await run()).toEqual({ claimed: 2, sent: 1, failed: 0, unknown: 1 });
  expect(await decideHeld(service.worker.db, 'release', [key], asOf)).toEqual([]);
});

test('one that did not arrive is released: its record goes, coordinators read failed, and the next sweep sends it', async () => {
  const key = (await heldOf(lost))!;
  expect(await decideHeld(service.worker.db, 'release', [key], asOf)).toEqual([key]);
  expect(await recordsOf(lost)).toEqual([]);
  expect(await logOf(lost)).toMatchObject([{ status: 'failed' }]);
  expect(await run()).toEqual({ claimed: 2, sent: 1, failed: 1, unknown: 0 });

  const tomorrow = new Date(asOf.getTime() + DAY);
  service.setNow(tomorrow);
  const { scenarios } = await service.sweep({ scenarioTypes: ['inactivity'], asOf: tomorrow.toISOString() });
  expect(scenarios['inactivity']).toMatchObject({ candidates: 2, suppressed: { cooldown: 1 }, sent: 1 });
});
