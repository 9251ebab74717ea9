import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { LEAVES_WITHIN } from '../../domain/timing.ts';
import { claim, dueMentor, pass, postsTo, sender, service, setUpDispatching } from './dispatching.ts';

setUpDispatching();

describe('a holder that was frozen between beginning an attempt and sending it', () => {
  /** A repository whose begin statement takes long to come back. */
  class Slow extends ScenarioRepository {
    readonly #ms: number;
    constructor(ms: number) {
      super(service.worker.db);
      this.#ms = ms;
    }
    override async exchangeAnswers(...args: Parameters<ScenarioRepository['exchangeAnswers']>) {
      const exchanged = await super.exchangeAnswers(...args);
      if (exchanged.begun?.attempts.length) await sleep(this.#ms);
      return exchanged;
    }
  }

  test('sends nothing of it: another may have taken the batch over', async () => {
    const { token } = await dueMentor();
    const batch = await claim();
    const { counts } = await pass(batch, { deps: { repository: new Slow(LEAVES_WITHIN + 50) } });
    expect(counts).toMatchObject({ open: 1, unknown: 0 });
    expect(await postsTo(token)).toEqual([]);
    expect((await pass(batch)).counts).toMatchObject({ sent: 1 });
  });

  test('for less than that sends it', async () => {
    const { token } = await dueMentor();
    await pass(await claim(), { deps: { repository: new Slow(LEAVES_WITHIN / 4) } });
    expect(await postsTo(token)).toHaveLength(1);
  });
});

describe('a holder that is told to stop', () => {
  test('finishes what is in flight, starts nothing more, and leaves nothing unknown', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => dueMentor()));
    const batch = await claim();
    const abort = new AbortController();
    const push = sender(async (message) => {
      abort.abort();
      return service.deps.push.send(message);
    });
    const stopped = await pass(batch, { deps: { push }, settings: { concurrency: 1 }, cancelled: abort.signal });
    expect(stopped.counts).toMatchObject({ sent: 1, failed: 0, held: 0, unknown: 0, open: 3 });
    await pass(batch);
    for (const { token } of all) expect(await postsTo(token)).toHaveLength(1);
  });
});
