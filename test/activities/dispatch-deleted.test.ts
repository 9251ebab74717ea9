import { expect, test } from '@jest/globals';
import { recordsOf } from '../db/claiming.ts';
import { claim, dueMentor, pass, service, setUpDispatching } from './dispatching.ts';

setUpDispatching();

test('people who delete their accounts while a batch is sent keep nobody else from being told, and it ends', async () => {
  const slow = { answer: 'accepted', latency_ms: 20 } as const;
  const people = await Promise.all(Array.from({ length: 120 }, () => dueMentor([slow])));
  const leaving = people.filter((_, n) => n % 4 === 0);
  const staying = people.filter((_, n) => n % 4 !== 0);
  const batch = await claim();
  const dispatched = pass(batch);
  for (const { id } of leaving) await service.pool.query('delete from users where id = $1', [id]);
  const { counts, stop } = await dispatched;
  expect(stop).toBeNull();
  expect(counts).toMatchObject({ failed: 0, held: 0, unknown: 0, open: 0 });
  // Some were told before they left: their claims are gone all the same.
  expect(counts.sent + counts.withdrawn).toBe(people.length);
  for (const { id } of staying) expect(await recordsOf(service.db, id)).toMatchObject([{ delivery_status: 'sent' }]);
  const { rows } = await service.pool.query(
    'select from scenario_claims union all select from scenario_notifications union all select from follow_up_notification_log',
  );
  expect(rows).toHaveLength(3 * staying.length);
});
