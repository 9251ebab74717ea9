import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { MINUTE } from '../../domain/durations.ts';
import { chapter, daysBefore, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
const inactivity = { scenarioTypes: ['inactivity'], asOf: asOf.toISOString() };
let service: SweepService;

beforeAll(async () => {
  service = await startSweepService(new Date(asOf.getTime() + MINUTE));
  const chapterId = await chapter(service.db);
  for (let i = 0; i < 40; i++) {
    await mentor(service.db, {
      chapterId,
      activities: [daysBefore(asOf, i < 20 ? 29 : 31)],
      devices: ['android', 'ios'],
    });
  }
});
afterAll(() => service.stop());

const rows = async (table: string) =>
  Number((await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(service.db)).rows[0]!.n);

describe('a sweep of forty mentors of whom twenty are due, each with two devices', () => {
  test('sends one message per notification and device, and writes one record and one log row per notification', async () => {
    expect(await service.sweep(inactivity)).toEqual({
      as_of: asOf.toISOString(),
      scenarios: {
        inactivity: {
          mentors_evaluated: 40,
          mentors_misconfigured: 0,
          candidates: 20,
          suppressed: {},
          claimed: 20,
          sent: 20,
          failed: 0,
          unknown: 0,
          deferred: 0,
          withdrawn: 0,
        },
      },
    });
    expect(await service.emulator.ledger()).toHaveLength(40);
    expect(await rows('scenario_notifications')).toBe(20);
    expect(await rows('follow_up_notification_log')).toBe(20);
  });

  test('of the same instant again finds its batches done and answers with the same counts', async () => {
    const again = await service.sweep(inactivity);
    expect(again.scenarios['inactivity']).toMatchObject({ candidates: 20, claimed: 20, sent: 20 });
    expect(await service.emulator.ledger()).toHaveLength(40);
  });

  test('of a later instant of the same day suppresses everybody as already sent', async () => {
    const later = await service.sweep({ ...inactivity, asOf: new Date(asOf.getTime() + 30_000).toISOString() });
    expect(later.scenarios['inactivity']).toMatchObject({
      candidates: 20,
      suppressed: { already_sent: 20 },
      claimed: 0,
    });
    expect(await service.emulator.ledger()).toHaveLength(40);
  });

  test('started twice at once adds nothing', async () => {
    const at = new Date(asOf.getTime() + 40_000).toISOString();
    await Promise.all([service.sweep({ ...inactivity, asOf: at }), service.sweep({ ...inactivity, asOf: at })]);
    expect(await service.emulator.ledger()).toHaveLength(40);
    expect(await rows('follow_up_notification_log')).toBe(20);
  });
});
