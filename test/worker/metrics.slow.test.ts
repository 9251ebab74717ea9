import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { METRICS } from '../../worker/telemetry/metric-definitions.ts';
import { chapter, daysBefore, device, mentor, rule } from '../support/factories.ts';
import { parseExposition, total, type Exposition } from '../support/exposition.ts';
import { startWorkerUnderTest, type WorkerUnderTest } from '../support/worker-process.ts';

const asOf = new Date();
const seconds = (ms: number) => Math.floor(ms / 1_000);
let worker: WorkerUnderTest;

const scrape = async (): Promise<Exposition> => parseExposition(await (await fetch(worker.metricsUrl)).text());

/** A quarter of a minute passes between two looks at the database. */
async function scrapeWhen(isReady: (metrics: Exposition) => boolean): Promise<Exposition> {
  for (const end = Date.now() + 50_000; ; await new Promise((resolve) => setTimeout(resolve, 250))) {
    const metrics = await scrape();
    if (isReady(metrics) || Date.now() > end) return metrics;
  }
}

beforeAll(async () => {
  worker = await startWorkerUnderTest();
  const { db, emulator } = worker;
  const plain = await chapter(db);
  const holding = await chapter(db);
  await rule(db, { scenarioType: 'inactivity', chapterId: holding, cooldownMinutes: 20_160, onUnknown: 'hold' });
  for (let i = 0; i < 6; i++) await mentor(db, { chapterId: plain });
  await mentor(db, { chapterId: plain, activities: [daysBefore(asOf, 3)] });
  await mentor(db, { chapterId: plain, optedOutOf: ['inactivity'] });
  await mentor(db, { chapterId: plain, devices: [] });
  const dead = await mentor(db, { chapterId: plain, devices: [] });
  emulator.script((await device(db, dead)).token, 'unregistered');
  const lost = await mentor(db, { chapterId: holding, devices: [] });
  emulator.script((await device(db, lost)).token, 'unavailable_but_delivered');
  await worker.command('sweep', '--wait', '--scenario', 'inactivity', '--as-of', asOf.toISOString());
});
afterAll(() => worker.stop());

const inactivity = { scenario_type: 'inactivity' };

describe('after a sweep of eleven mentors with a dead token, an outcome that nobody knows, an opt-out and no device', () => {
  test('each decision is counted', async () => {
    const metrics = await scrape();
    const of = (name: string, labels = {}) => total(metrics, `scenario_push_${name}`, { ...inactivity, ...labels });
    expect(of('mentors_evaluated_total')).toBe(11);
    expect(of('candidates_total')).toBe(10);
    expect(of('suppressed_total', { reason: 'opted_out' })).toBe(1);
    expect(of('suppressed_total', { reason: 'no_device_token' })).toBe(1);
    expect(of('claimed_total')).toBe(8);
    expect(of('settled_total', { outcome: 'sent' })).toBe(6);
    expect(of('settled_total', { outcome: 'failed' })).toBe(1);
    expect(of('settled_total', { outcome: 'held' })).toBe(1);
    expect(of('messages_total', { outcome: 'accepted' })).toBe(6);
    expect(of('messages_total', { outcome: 'rejected' })).toBe(1);
    const unregistered = { outcome: 'rejected', code: 'messaging/registration-token-not-registered' };
    expect(total(metrics, 'scenario_push_messages_not_accepted_total', unregistered)).toBe(1);
    expect(of('messages_total', { outcome: 'unknown' })).toBe(1);
    expect(total(metrics, 'scenario_push_tokens_invalidated_total')).toBe(1);
    expect(total(metrics, 'scenario_push_message_duration_seconds_count')).toBe(8);
  });

  test('the gauges say what the database says: one is held, nothing is unsettled, the sweep has just finished', async () => {
    const metrics = await scrapeWhen((now) => total(now, 'scenario_push_held_notifications') === 1);
    expect(total(metrics, 'scenario_push_held_notifications')).toBe(1);
    expect(total(metrics, 'scenario_push_oldest_unsettled_claim_seconds')).toBe(0);
    const finished = total(metrics, 'scenario_push_last_sweep_timestamp_seconds', inactivity);
    expect(finished).toBeGreaterThanOrEqual(seconds(asOf.getTime()));
    expect(finished).toBeLessThanOrEqual(Date.now() / 1_000);
    expect(total(metrics, 'scenario_push_last_sweep_timestamp_seconds', { scenario_type: 'milestone' })).toBe(0);
    const pool = metrics.samples.filter(({ name }) => name === 'scenario_push_database_connections');
    expect(pool.map(({ labels }) => labels['state']).sort()).toEqual(['idle', 'total', 'waiting']);
    for (const part of ['worker', 'database', 'temporal']) expect(total(metrics, 'scenario_push_up', { part })).toBe(1);
  });

  test('a sweep that finds its batches done counts nothing again', async () => {
    const before = await scrape();
    await worker.command('sweep', '--wait', '--scenario', 'inactivity', '--as-of', asOf.toISOString());
    const after = await scrape();
    for (const name of [
      'mentors_evaluated_total',
      'candidates_total',
      'claimed_total',
      'settled_total',
      'messages_total',
    ]) {
      expect([name, total(after, `scenario_push_${name}`)]).toEqual([name, total(before, `scenario_push_${name}`)]);
    }
  });

  test('every metric of this service is served, with its type and exactly its labels', async () => {
    const { samples, types } = await scrape();
    for (const [name, { kind, labels }] of Object.entries(METRICS)) {
      expect([name, types.get(name)]).toEqual([name, kind]);
      const series = samples.filter((sample) => sample.name === (kind === 'histogram' ? `${name}_count` : name));
      expect(series.length).toBeGreaterThan(0);
      for (const sample of series)
        expect([name, Object.keys(sample.labels).sort()]).toEqual([name, [...labels].sort()]);
    }
    const ours = [...types.keys()].filter((name) => name.startsWith('scenario_push_'));
    expect(ours.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([]);
  });

  test('no metric of ours carries an id', async () => {
    const { samples } = await scrape();
    const values = samples
      .filter(({ name }) => name.startsWith('scenario_push_'))
      .flatMap(({ labels }) => Object.values(labels));
    expect(values.filter((value) => /[0-9a-f]{8}/.test(value))).toEqual([]);
    expect(values.length).toBeGreaterThan(20);
  });

  test('Temporal’s own metrics are served at the same place', async () => {
    const { types } = await scrape();
    expect([...types.keys()].filter((name) => name.startsWith('temporal_')).length).toBeGreaterThan(10);
  });
});
