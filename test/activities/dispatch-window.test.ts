import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { claim, dueMentor, pass, sender, service, setUpDispatching } from './dispatching.ts';

setUpDispatching();

/** The most that were on the wire at once, while a batch of so many messages was sent. */
async function mostOnTheWire(messages: number, drainWithinMs?: number): Promise<number> {
  await Promise.all(Array.from({ length: messages }, () => dueMentor()));
  let [onTheWire, most] = [0, 0];
  const push = sender(async (message) => {
    most = Math.max(most, ++onTheWire);
    await sleep(20);
    onTheWire--;
    return service.deps.push.send(message);
  });
  const settings = drainWithinMs === undefined ? {} : { drainWithinMs };
  const { counts } = await pass(await claim(), { deps: { push }, settings });
  expect(counts).toMatchObject({ sent: messages, open: 0 });
  return most;
}

test('a batch that eight at a time can send in good time has eight on the wire, and no more', async () => {
  expect(await mostOnTheWire(40)).toBe(8);
});

test('a batch that takes longer than it may has more on the wire as its answers are written', async () => {
  expect(await mostOnTheWire(80, 1)).toBeGreaterThan(8);
});
