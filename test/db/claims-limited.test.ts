import { describe, expect, test } from '@jest/globals';
import { rangeOf } from '../../domain/mentor-range.ts';
import { claimRequest } from './claiming.ts';
import { asOf, claim, database, liveClaims, mentors, repository, setUpClaims } from './claims-of-everybody.ts';

setUpClaims();

describe('a limit', () => {
  test('bounds the batches of one sweep together, also at once', async () => {
    await mentors(200);
    const budget = { sweepKey: 'sweep-a', allowance: 25 };
    const first = await claim({ range: rangeOf(0, 17), budget });
    const others = await Promise.all(
      Array.from({ length: 16 }, (_, index) => claim({ range: rangeOf(index + 1, 17), budget })),
    );
    const counts = [first, ...others];
    expect(counts.reduce((sum, { claimed }) => sum + claimed, 0)).toBe(25);
    expect(counts.reduce((sum, { suppressed }) => sum + (suppressed.limit ?? 0), 0)).toBe(175);
    expect(await liveClaims()).toHaveLength(25);
  });

  test('that nobody reaches suppresses nobody', async () => {
    await mentors(7);
    expect(await claim({ budget: { sweepKey: 'sweep-b', allowance: 7 } })).toMatchObject({
      claimed: 7,
      suppressed: {},
    });
  });

  test('of 0 reports and claims nothing', async () => {
    await mentors(3);
    expect(await claim({ budget: { sweepKey: 'sweep-c', allowance: 0 } })).toMatchObject({
      claimed: 0,
      suppressed: { limit: 3 },
    });
  });

  test('is not spent by those who must not be told', async () => {
    await mentors(3, { optedOutOf: ['inactivity'] });
    await mentors(2);
    expect(await claim({ budget: { sweepKey: 'sweep-d', allowance: 2 } })).toMatchObject({
      claimed: 2,
      suppressed: { opted_out: 3 },
    });
  });

  test('is charged once for a batch that is evaluated twice', async () => {
    await mentors(4);
    const request = claimRequest(asOf, { range: rangeOf(0, 1), budget: { sweepKey: 'sweep-e', allowance: 3 } });
    await repository.evaluateAndClaim(request);
    await repository.evaluateAndClaim(request);
    expect(
      await database.db.selectFrom('sweep_budgets').select('remaining').where('sweep_key', '=', 'sweep-e').execute(),
    ).toEqual([{ remaining: 0 }]);
  });
});
