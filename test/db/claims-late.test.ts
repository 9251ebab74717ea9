import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR } from '../../domain/durations.ts';
import { daysBefore } from '../support/factories.ts';
import { claimsOf, logOf } from './claiming.ts';
import { after, asOf, claim, database, mentors, setUpClaims } from './claims-of-everybody.ts';

setUpClaims();

describe('a batch that claims after its time', () => {
  test('sends at exactly six hours', async () => {
    await mentors(1);
    expect(await claim({ now: after(6 * HOUR) })).toMatchObject({ claimed: 1 });
  });

  test('one millisecond later reports its candidates as late', async () => {
    await mentors(1);
    expect(await claim({ now: after(6 * HOUR + 1) })).toMatchObject({
      candidates: 1,
      claimed: 0,
      suppressed: { late: 1 },
    });
  });

  test('and logs nothing for coordinators then, not even those without a device', async () => {
    const [id] = (await mentors(1, { devices: [] })) as [string];
    expect(await claim({ now: after(7 * HOUR) })).toMatchObject({ suppressed: { no_device_token: 1 } });
    expect(await logOf(database.db, id)).toEqual([]);
  });

  test('sends all the same when it was asked to, to those who are still due', async () => {
    await mentors(2);
    expect(await claim({ now: after(2 * DAY), lateness: 'send' })).toMatchObject({
      candidates: 2,
      claimed: 2,
      suppressed: {},
    });
  });

  test('and not to a mentor who has been active since', async () => {
    await mentors(1);
    const [active] = (await mentors(1, { activities: [daysBefore(asOf, 40), daysBefore(after(DAY), 0)] })) as [string];
    expect(await claim({ now: after(2 * DAY), lateness: 'send' })).toMatchObject({
      candidates: 2,
      claimed: 1,
      suppressed: { late: 1 },
    });
    expect(await claimsOf(database.db, active)).toEqual([]);
  });

  test('keeps its own evaluation date in the key and in the claim', async () => {
    const [id] = (await mentors(1)) as [string];
    await claim({ now: after(2 * DAY), lateness: 'send' });
    expect(await claimsOf(database.db, id)).toMatchObject([
      { evaluation_date: '2026-11-20', triggered_at: asOf, date_window: '2026-11-20' },
    ]);
  });
});
