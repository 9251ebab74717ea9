import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/create-activities.ts';
import { DISPATCH_DEFAULTS } from '../../activities/dependencies.ts';
import { dispatchBatch } from '../../activities/dispatch-batch.ts';
import type { ClaimRequest } from '../../db/evaluation-request.ts';
import { DeviceTokenRepository } from '../../db/device-tokens.ts';
import type { EvaluationCounts } from '../../domain/sweep.ts';
import { rangeOfMentor } from '../../domain/mentor-range.ts';
import type { Metrics } from '../../worker/telemetry/metrics.ts';
import { metricsTally } from '../../worker/telemetry/metrics-tally.ts';
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
const tally = metricsTally(metrics);
const evaluate = (request: ClaimRequest) => {
  const { evaluateBatch } = createActivities({
    ...service.deps,
    tally,
    tokens: new DeviceTokenRepository(service.worker.db),
    settings: DISPATCH_DEFAULTS,
    workflows: { awaitResult: async () => null, isRunning: async () => false, endOf: async () => null },
  });
  const { batchKey, planKey, scenarioType, range } = request;
  const batch = { batchKey, planKey, scenarioType, range, asOf: request.asOf.toISOString() };
  return new MockActivityEnvironment().run(() => evaluateBatch(batch)) as Promise<EvaluationCounts>;
};
const dispatch = (batchKey: string) =>
  dispatchBatch(batchKey, { ...service.deps, tally }, DISPATCH_DEFAULTS, {
    cancelled: new AbortController().signal,
    heartbeat: () => {},
  });

test('a batch that is evaluated again, also at the same time and by another worker, is counted once', async () => {
  const request = await batchOfOne();
  const answers = await Promise.all([evaluate(request), evaluate(request)]);
  answers.push(await evaluate(request));
  expect(answers.map(({ claimed }) => claimed)).toEqual([1, 1, 1]);
  expect(counted.get('scenario_push_mentors_evaluated_total inactivity')).toBe(1);
  expect(counted.get('scenario_push_candidates_total inactivity')).toBe(1);
  expect(counted.get('scenario_push_claimed_total inactivity')).toBe(1);
});

test('an evaluation that failed is not counted', async () => {
  const request = { ...(await batchOfOne()), planKey: 'no \0 byte is text' };
  await expect(evaluate(request)).rejects.toThrow(/evaluateAndClaim/);
  expect([...counted]).toEqual([]);
});

test('a batch that is dispatched again is counted once', async () => {
  const request = await batchOfOne();
  await service.repository.evaluateAndClaim(request);
  await dispatch(request.batchKey);
  await dispatch(request.batchKey);
  expect(counted.get('scenario_push_settled_total inactivity sent')).toBe(1);
});
