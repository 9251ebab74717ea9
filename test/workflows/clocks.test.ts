import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clockDifference } from '../../db/clock-difference.ts';
import { MINUTE, SECOND } from '../../domain/durations.ts';
import { waitForInstant } from '../../domain/future.ts';
import { compareClocks } from '../../worker/compare-clocks.ts';
import { chapter, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

let service: SweepService;
let slowBy = 0;
let ticking: NodeJS.Timeout;

beforeAll(async () => {
  service = await startSweepService(new Date());
  ticking = setInterval(() => service.setNow(new Date(Date.now() - slowBy)), 20);
  const chapterId = await chapter(service.db);
  for (let i = 0; i < 3; i++) await mentor(service.db, { chapterId });
});
afterAll(async () => {
  clearInterval(ticking);
  await service.stop();
});

test('a sweep of now waits for a worker whose clock is eight seconds slow, and sends', async () => {
  slowBy = 8 * SECOND;
  service.setNow(new Date(Date.now() - slowBy));
  const asOf = new Date().toISOString();
  const { scenarios } = await service.sweep({ scenarioTypes: ['inactivity'], asOf });
  expect(scenarios['inactivity']).toMatchObject({ mentors_evaluated: 3, sent: 3 });
  expect(service.log).toContainEqual(expect.objectContaining({ level: 40, msg: expect.stringMatching(/^waiting/) }));
});

test.each([
  [5_000, 0],
  [5_001, 5_001],
  [59_999, 59_999],
  [60_000, 0],
  [-1, 0],
])('as_of %d ms ahead of the clock is waited for %d ms', (ahead, wait) => {
  const now = new Date('2026-11-20T09:00:00Z');
  expect(waitForInstant({ asOf: new Date(now.getTime() + ahead), now })).toBe(wait);
});

test.each([
  ['as the database says', 0, 30, /^this machine's clock is [\d.]+ s (ahead of|behind) the database's$/],
  ['ten minutes fast', 10 * MINUTE, 40, /^this machine's clock is [\d.]+ s ahead of the database's: keep both by NTP$/],
  ['ten minutes slow', -10 * MINUTE, 40, /^this machine's clock is [\d.]+ s behind the database's: keep both by NTP$/],
])('a worker whose clock is %s says so', async (_, shift, level, message) => {
  const clock = () => new Date(Date.now() + shift);
  expect(Math.abs((await clockDifference(service.worker.db, clock)) - shift)).toBeLessThan(5 * SECOND);
  service.log.length = 0;
  await compareClocks(service.worker.db, service.deps.log, clock);
  expect(service.log).toMatchObject([{ level, msg: expect.stringMatching(message) }]);
});
