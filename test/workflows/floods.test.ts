import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MINUTE } from '../../domain/durations.ts';
import type { SweepProgress } from '../../workflows/sweep-messages.ts';
import { chapter, mentor } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
const MESSAGES = 400;
let service: SweepService;
let minute = 0;
const gates: PromiseWithResolvers<void>[] = [];

beforeAll(async () => {
  service = await startSweepService(new Date(asOf.getTime() + 60 * MINUTE), (real) => ({
    async evaluateBatch(request) {
      await gates.at(-1)!.promise;
      return real.evaluateBatch(request);
    },
  }));
  const chapterId = await chapter(service.db);
  for (let i = 0; i < 8; i++) await mentor(service.db, { chapterId });
});
afterAll(async () => {
  for (const gate of gates) gate.resolve();
  await service.stop();
});
beforeEach(() => {
  gates.push(Promise.withResolvers());
});

const eightBatches = () =>
  service.startSweep({
    scenarioTypes: ['inactivity'],
    asOf: new Date(asOf.getTime() + ++minute * MINUTE).toISOString(),
    mentorsPerBatch: 1,
  });
type Sweep = Awaited<ReturnType<typeof eightBatches>>;

/** Anything that JSON can say, as an argument of any signal or update, known or not. */
const argument = fc.oneof(fc.jsonValue(), fc.integer({ min: -5, max: 105 }), fc.constant(undefined));
const hostile = fc.record({
  kind: fc.oneof({ weight: 9, arbitrary: fc.constant('signal') }, { weight: 1, arbitrary: fc.constant('update') }),
  name: fc.constantFrom('pause', 'resume', 'Pause', 'progress', '__proto__', ''),
  argument,
});

async function send(sweep: Sweep, { kind, name, argument: given }: { kind: string; name: string; argument: unknown }) {
  if (kind === 'signal') await sweep.signal(name || 'nothing', ...(given === undefined ? [] : [given]));
  else return sweep.executeUpdate('setConcurrency', { args: [given] as [number] });
}

/** The server takes ten updates of a workflow at a time, and may give up others: nobody knows what became of them. */
const isServers = (error: unknown) => (error as { cause?: { code?: unknown } }).cause?.code !== undefined;

async function size(sweep: Sweep): Promise<number> {
  return (await sweep.fetchHistory()).events!.length;
}

test('four hundred signals and updates at once, of any name and value, leave a sweep right and its history small', async () => {
  const sweep = await eightBatches();
  const messages = fc.sample(hostile, { numRuns: MESSAGES, seed: 20261121 });
  const answers = await Promise.allSettled(messages.map((message) => send(sweep, message)));
  const accepted = new Set<unknown>([4]);
  for (const [i, answer] of answers.entries()) {
    const { kind, argument: given } = messages[i]!;
    if (kind === 'signal') expect(answer.status).toBe('fulfilled');
    else if (answer.status === 'fulfilled' || isServers(answer.reason)) accepted.add(given);
    else expect(answer.reason).toMatchObject({ cause: { type: 'E_CONCURRENCY' } });
  }
  expect(accepted.size).toBeGreaterThan(3);
  const { concurrency, planned } = await sweep.query<SweepProgress, []>('progress');
  expect(accepted).toContain(concurrency);
  expect([...Array(100).keys()].map((i) => i + 1)).toContain(concurrency);
  expect(planned).toBe(8);
  gates.at(-1)!.resolve();
  await sweep.signal('resume');
  expect((await sweep.result()).scenarios['inactivity']).toMatchObject({ mentors_evaluated: 8 });
  // At most a workflow task, three events, and an update's two for each message.
  expect(await size(sweep)).toBeLessThan(5 * MESSAGES);
});

test('four hundred stops at once end a sweep once, with what was in flight', async () => {
  const sweep = await eightBatches();
  await Promise.all(Array.from({ length: MESSAGES }, () => sweep.signal('stop')));
  gates.at(-1)!.resolve();
  const { scenarios } = await sweep.result();
  expect(scenarios['inactivity']!.mentors_evaluated).toBeLessThanOrEqual(4);
  expect(await size(sweep)).toBeLessThan(3 * MESSAGES);
});
