import { expect, test } from '@jest/globals';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { attemptsOf, claim, dueMentor, pass, postsTo, service, setUpDispatching } from './dispatching.ts';

setUpDispatching();

/** Reserves as long as it is let. */
class Away extends ScenarioRepository {
  #calls = 0;
  readonly #fails: (call: number) => boolean;

  constructor(fails: (call: number) => boolean) {
    super(service.worker.db);
    this.#fails = fails;
  }

  override async reserveRate(...args: Parameters<ScenarioRepository['reserveRate']>): Promise<number> {
    if (this.#fails(++this.#calls)) throw new Error('the database is away');
    return super.reserveRate(...args);
  }
}

/** So slow a rate that every message is reserved by itself, and an answer that takes longer than the next reservation. */
const settings = { messagesPerSecond: 20, rampMs: 0 };
const slowly = [{ answer: 'accepted', latency_ms: 500 }] as const;

test('a rate that cannot be reserved while messages are on the wire loses none of their answers', async () => {
  const mentors = [await dueMentor(slowly), await dueMentor(slowly), await dueMentor(slowly)];
  const batch = await claim();
  const repository = new Away((call) => call > 1);
  await expect(pass(batch, { settings, deps: { repository } })).rejects.toThrow('the database is away');
  const outcomes = await Promise.all(mentors.map(async ({ id }) => (await attemptsOf(id)).map((each) => each.outcome)));
  expect(outcomes.toSorted((a, b) => b.length - a.length)).toEqual([['accepted'], [], []]);

  expect((await pass(batch, { settings })).counts).toMatchObject({ sent: 3, open: 0, unknown: 0 });
  for (const { token } of mentors) expect(await postsTo(token)).toHaveLength(1);
});

test('a rate that cannot be reserved for a moment is asked for again, and the pass goes on', async () => {
  const mentors = [await dueMentor(slowly), await dueMentor(slowly), await dueMentor(slowly)];
  const batch = await claim();
  const repository = new Away((call) => call === 2 || call === 3);
  const { counts } = await pass(batch, { settings, deps: { repository } });
  expect(counts).toMatchObject({ sent: 3, open: 0, unknown: 0 });
  for (const { token } of mentors) expect(await postsTo(token)).toHaveLength(1);
});
