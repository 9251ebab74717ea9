import { beforeEach, expect, jest, test } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { StopSignals } from '../../worker/stop-signals.ts';

let process: EventEmitter & { exit: (code: number) => void };
const exit = jest.fn<(code: number) => void>();
const stop = jest.fn<(signal: string) => void>();
let signals: StopSignals;

beforeEach(() => {
  jest.resetAllMocks();
  process = Object.assign(new EventEmitter(), { exit });
  signals = new StopSignals(process as unknown as NodeJS.Process);
});

test('the first signal asks to stop, and what npm passes on of the same keystroke is no second one', () => {
  signals.onStop(stop);
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGINT', 'SIGINT');
  expect(stop.mock.calls).toEqual([['SIGINT']]);
  expect(exit).not.toHaveBeenCalled();
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second one, %s, ends the process at once with code %s', async (signal, code) => {
  signals.onStop(stop);
  process.emit('SIGTERM', 'SIGTERM');
  await sleep(550);
  process.emit(signal, signal);
  expect(exit.mock.calls).toEqual([[code]]);
});

test('before anything has begun the first one ends the process with code 0', () => {
  exit.mockImplementation(() => {
    throw new Error('ended');
  });
  expect(() => process.emit('SIGTERM', 'SIGTERM')).toThrow('ended');
  expect(exit.mock.calls).toEqual([[0]]);
});

test('nobody listens once it is over', () => {
  signals.end();
  expect(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')).toBe(0);
});
