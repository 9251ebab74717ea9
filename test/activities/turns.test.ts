import { expect, test } from '@jest/globals';
import { Turns } from '../../activities/turns.ts';

const never = () => new Promise<never>(() => {});

test('one begins when the one before is done, in the order in which they came', async () => {
  const turns = new Turns();
  const said: string[] = [];
  let finish = () => {};
  const first = turns.take(async () => {
    said.push('first begins');
    await new Promise<void>((resolve) => (finish = resolve));
    said.push('first ends');
  });
  const second = turns.take(async () => void said.push('second'));
  const third = turns.take(async () => void said.push('third'));
  while (said.length === 0) await Promise.resolve();
  finish();
  await Promise.all([first, second, third]);
  expect(said).toEqual(['first begins', 'first ends', 'second', 'third']);
});

test('what fails fails for itself alone', async () => {
  const turns = new Turns();
  const failing = turns.take(() => Promise.reject(new Error('connection lost')));
  await expect(failing).rejects.toThrow('connection lost');
  expect(await turns.take(async () => 'done')).toBe('done');
});

test('one that hangs holds nobody up for long', async () => {
  const turns = new Turns();
  void turns.take(never);
  void turns.take(never);
  expect(await turns.take(async () => 'done')).toBe('done');
});
