import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR, MINUTE, SECOND } from '../../domain/durations.ts';
import { rangeOfMentor } from '../../domain/mentor-range.ts';
import { dueWith, justBefore, passAt, setHours } from './deferring.ts';
import { after, asOf, claim, postsTo, service, setUpDispatching } from './dispatching.ts';

setUpDispatching();

describe('a try that falls outside of the hours', () => {
  test('after a refusal waits until they begin, and is not given up because they were long in coming', async () => {
    const due = await dueWith(['09:00', '11:00'], ['third_party_auth', 'third_party_auth']);
    const eleven = after(HOUR);
    const batch = await claim({ now: justBefore(eleven) }, justBefore(eleven));
    expect(await passAt(batch, justBefore(eleven))).toMatchObject({ open: 1, deferred: 0 });
    const morning = after(23 * HOUR);
    expect(await passAt(batch, eleven)).toMatchObject({ open: 0, deferred: 1, deferred_until: morning });
    expect(await postsTo(due.token)).toHaveLength(1);
    expect(await passAt(batch, morning)).toMatchObject({ open: 1, failed: 0 });
    expect(await passAt(batch, new Date(morning.getTime() + MINUTE))).toMatchObject({ sent: 1 });
    expect(await postsTo(due.token)).toHaveLength(3);
  });

  test('after an unknown outcome waits until they begin, with what is left of its time to live', async () => {
    const due = await dueWith(['09:00', '11:00'], ['unavailable']);
    const batch = await claim();
    expect(await passAt(batch, asOf)).toMatchObject({ unknown: 1 });
    expect(await passAt(batch, after(HOUR))).toMatchObject({ unknown: 1, deferred: 0, next_ms: 22 * HOUR });
    expect(await postsTo(due.token)).toHaveLength(1);
    expect(await passAt(batch, after(23 * HOUR))).toMatchObject({ unknown: 0, sent: 1 });
    expect(await postsTo(due.token)).toMatchObject([{}, { ttl: `${HOUR / SECOND}s` }]);
  });

  test('is held where those begin after the end of its time to live', async () => {
    const due = await dueWith(['10:00', '11:00'], ['unavailable']);
    const batch = await claim();
    await passAt(batch, asOf);
    await setHours(due.chapterId, ['10:30', '11:00']);
    expect(await passAt(batch, after(HOUR))).toMatchObject({ unknown: 1 });
    expect(await passAt(batch, after(DAY + 30 * MINUTE))).toMatchObject({ unknown: 0, held: 1 });
    expect(await postsTo(due.token)).toHaveLength(1);
  });

  test("keeps a mentor's later notifications waiting behind it, and nobody looks before", async () => {
    const due = await dueWith(['09:00', '10:30'], ['third_party_auth']);
    await service.pool.query(
      "insert into activities (user_id, activity_date) select $1, '2026-06-01' from generate_series(1, 100)",
      [due.id],
    );
    const batch = await claim({ scenarioType: 'milestone', range: rangeOfMentor(due.id) });
    expect(await passAt(batch, asOf)).toMatchObject({ open: 2, next_ms: 0 });
    expect(await passAt(batch, after(30 * MINUTE))).toMatchObject({ deferred: 2, open: 0, next_ms: 22.5 * HOUR });
    expect(await passAt(batch, after(23 * HOUR))).toMatchObject({ deferred: 0, sent: 2 });
    const sent = (await postsTo(due.token)).slice(1);
    expect(sent.map((entry) => entry.title)).toEqual([expect.stringContaining('50'), expect.stringContaining('100')]);
  });
});
