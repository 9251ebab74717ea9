import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { DISPATCH_DEFAULTS } from '../../activities/dependencies.ts';
import { dispatchBatch } from '../../activities/dispatch-batch.ts';
import { rangeOfMentor } from '../../domain/mentor-range.ts';
import { MeteredRepository } from '../../worker/telemetry/metered-repository.ts';
import type { Metrics } from '../../worker/telemetry/metrics.ts';
import { claimRequest } from '../db/claiming.ts';
import { chapter, mentor } from '../support/factories.ts';
import { startService, type TestService } from '../support/service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let service: TestService;
let chapterId: string;
let counted: Map<string, number>;

const metrics: Metrics = {
  count: (name, value, labels) => {
    const series = `${name} ${Object.values(labels).join(' ')}`.trim();
    counted.set(series, (counted.get(series) ?? 0) + value);
  },
  observe: () => {},
  set: () => {},
};

beforeAll(async () => {
  service = await startService(asOf);
  chapterId = await chapter(service.db);
});
beforeEach(() => {
  counted = new Map();
});
afterAll(() => service.stop());

const batchOfOne = async () => claimRequest(asOf, { range: rangeOfMentor(await mentor(service.db, { chapterId })) });
const dispatch = (batchKey: string, repository: MeteredRepository) =>
  dispatchBatch(batchKey, { ...service.deps, repository }, DISPATCH_DEFAULTS, {
    cancelled: new AbortController().signal,
    heartbeat: () => {},
  });

test('a batch that is evaluated again, also at the same time and by another worker, is counted once', async () => {
  const [one, other] = [new MeteredRepository(service.db, metrics), new MeteredRepository(service.db, metrics)];
  const request = await batchOfOne();
  const answers = await Promise.all([one.evaluateAndClaim(request), other.evaluateAndClaim(request)]);
  answers.push(await one.evaluateAndClaim(request));
  expect(answers.map(({ claimed }) => claimed)).toEqual([1, 1, 1]);
  expect(counted.get('scenario_push_mentors_evaluated_total inactivity')).toBe(1);
  expect(counted.get('scenario_push_candidates_total inactivity')).toBe(1);
  expect(counted.get('scenario_push_claimed_total inactivity')).toBe(1);
});

test('an evaluation that failed is not counted', async () => {
  const repository = new MeteredRepository(service.db, metrics);
  const request = { ...(await batchOfOne()), runId: 'no \0 byte is text' };
  await expect(repository.evaluateAndClaim(request)).rejects.toThrow(/evaluateAndClaim/);
  expect([...counted]).toEqual([]);
});

test('a batch that is dispatched again is counted once, by a worker that did not evaluate it under its type as well', async () => {
  const request = await batchOfOne();
  await service.repository.evaluateAndClaim(request);
  const repository = new MeteredRepository(service.db, metrics);
  await dispatch(request.batchKey, repository);
  await dispatch(request.batchKey, repository);
  expect(counted.get('scenario_push_settled_total inactivity sent')).toBe(1);
});
