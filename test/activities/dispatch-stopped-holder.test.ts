import { describe, expect, test } from '@jest/globals';
import { HolderWatch } from '../../activities/holder-watch.ts';
import { after, claim, dueMentor, pass, postsTo, sender, service, setUpDispatching } from './dispatching.ts';

setUpDispatching();

describe('a frozen holder', () => {
  test('knows that it was frozen for longer than its lease, and keeps knowing it', () => {
    let now = 0;
    const watch = new HolderWatch(() => new Date(now), 15_000);
    now = 15_000;
    expect(watch.isLost()).toBe(false);
    now = 15_001;
    expect(watch.isLost()).toBe(true);
    now = 0;
    expect(watch.isLost()).toBe(true);
    watch.end();
  });

  test('sends nothing more of the page it was in, and the next one sends the rest', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => dueMentor()));
    const batch = await claim();
    let sent = 0;
    const push = sender(async (message) => {
      const result = await service.deps.push.send(message);
      if (++sent === 2) service.setNow(after(15_001));
      return result;
    });
    const frozen = await pass(batch, { deps: { push }, settings: { concurrency: 1 } });
    expect(frozen.counts).toMatchObject({ sent: 2, open: 2 });
    expect((await pass(batch)).counts).toMatchObject({ sent: 4, open: 0 });
    for (const { token } of all) expect(await postsTo(token)).toHaveLength(1);
  });

  test('begins no further page', async () => {
    await Promise.all([dueMentor(), dueMentor(), dueMentor()]);
    const batch = await claim();
    const push = sender(async (message) => {
      service.setNow(after(15_001));
      return service.deps.push.send(message);
    });
    expect((await pass(batch, { deps: { push }, settings: { pageSize: 1 } })).counts).toMatchObject({
      sent: 1,
      open: 2,
    });
    expect(await service.db.selectFrom('delivery_attempts').selectAll().execute()).toHaveLength(1);
  });

  test('within its lease goes on', async () => {
    await Promise.all([dueMentor(), dueMentor()]);
    const push = sender(async (message) => {
      service.setNow(after(15_000));
      return service.deps.push.send(message);
    });
    expect((await pass(await claim(), { deps: { push }, settings: { pageSize: 1 } })).counts).toMatchObject({
      sent: 2,
    });
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
    expect(stopped.counts).toEqual({ sent: 1, failed: 0, held: 0, unknown: 0, open: 3 });
    await pass(batch);
    for (const { token } of all) expect(await postsTo(token)).toHaveLength(1);
  });
});
