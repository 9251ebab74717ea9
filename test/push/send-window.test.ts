import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SendWindow, TURN, type Departure } from '../../push/send-window.ts';

/** Milliseconds; the window's time passes only when a test says so. */
let now = 0;
const wait = (ms: number) => (now += ms);

beforeAll(() => void jest.spyOn(performance, 'now').mockImplementation(() => now));
afterAll(() => void jest.restoreAllMocks());

/** Sends as a pump does: keeps all that there is room for in flight, and answers each after `tookMs`. Returns the most in flight. */
function drain(
  window: SendWindow,
  messages: number,
  tookMs: number,
  { isTrouble = false, sender = {} }: { isTrouble?: boolean; sender?: object } = {},
): number {
  let most = 0;
  let left = messages;
  let wire: Departure[] = [];
  window.expect(sender, left);
  while (left > 0 || wire.length > 0) {
    while (left > 0 && window.room(sender, 0) > 0) {
      wire.push(window.left());
      left--;
    }
    most = Math.max(most, wire.length);
    if (wire.length === 0) throw new Error(`stands still with ${left} left`);
    wait(tookMs);
    const answered = wire;
    wire = [];
    answer(window, answered, isTrouble);
    window.expect(sender, left);
  }
  window.expect(sender, 0);
  return most;
}

/** Answers come, and are written. */
function answer(window: SendWindow, wire: readonly Departure[], isTrouble: boolean): void {
  for (const departure of wire) window.answered(departure, isTrouble);
  window.written(wire.length);
}

/** Fills the window for `sender`; what it let out. */
function fill(window: SendWindow, sender: object): Departure[] {
  const wire: Departure[] = [];
  while (window.room(sender, 0) > 0) wire.push(window.left());
  return wire;
}

describe('a window of a hundred that drains within six seconds', () => {
  const open = (most = 100) => new SendWindow({ most, drainWithinMs: 6_000 });

  test('lets eight out while nothing is known', () => {
    const window = open();
    const sender = {};
    window.expect(sender, 10_000);
    expect(fill(window, sender)).toHaveLength(8);
    expect(window.room(sender, 0)).toBe(0);
    // A transaction that writes three may begin three.
    expect(window.room(sender, 3)).toBe(3);
  });

  test('needs eight in flight for 552 messages at 50 ms, and never more', () => {
    expect(drain(open(), 552, 50)).toBe(8);
  });

  test('keeps no more in flight than is left', () => {
    expect(drain(open(), 3, 50)).toBe(3);
  });

  test('widens while answers come and there is more than few can do: 20,000 messages at 100 ms take a hundred', () => {
    expect(drain(open(), 20_000, 100)).toBe(100);
  });

  test('widens to what the work takes, and no further: 2,400 messages at 100 ms take forty', () => {
    const most = drain(open(), 2_400, 100);
    expect(most).toBeGreaterThan(8);
    expect(most).toBeLessThanOrEqual(40);
  });

  test('never exceeds what it was given, even where that is less than few', () => {
    expect(drain(open(4), 20_000, 100)).toBe(4);
    expect(drain(open(1), 50, 100)).toBe(1);
  });

  test('doubles in a round trip', () => {
    const window = open();
    const sender = {};
    window.expect(sender, 100_000);
    const widths: number[] = [];
    for (let trip = 0; trip < 5; trip++) {
      const wire = fill(window, sender);
      widths.push(wire.length);
      wait(100);
      // As a pump does, another leaves for each that is answered.
      answer(window, wire, false);
    }
    expect(widths[0]).toBe(8);
    for (const [trip, width] of widths.entries()) {
      if (trip > 0) expect(width).toBeGreaterThan(widths[trip - 1]!);
      if (trip > 0) expect(width).toBeLessThanOrEqual(Math.min(100, 2 * widths[trip - 1]!));
    }
  });

  describe('that meets trouble', () => {
    const widened = () => {
      const window = open();
      const sender = {};
      drain(window, 20_000, 100);
      window.expect(sender, 100_000);
      return { window, sender };
    };

    test('halves once for all that was in flight together', () => {
      const { window, sender } = widened();
      const wire = fill(window, sender);
      expect(wire).toHaveLength(100);
      wait(100);
      answer(window, wire, true);
      expect(fill(window, sender)).toHaveLength(50);
    });

    test('halves again for what left after that', () => {
      const { window, sender } = widened();
      const widths: number[] = [];
      for (let trip = 0; trip < 7; trip++) {
        wait(1);
        const wire = fill(window, sender);
        widths.push(wire.length);
        wait(100);
        answer(window, wire, true);
      }
      expect(widths).toEqual([100, 50, 25, 12, 6, 3, 1]);
    });

    test('narrows to one and no further, so that something always leaves', () => {
      const { window, sender } = widened();
      for (let trip = 0; trip < 20; trip++) {
        wait(1);
        const wire = fill(window, sender);
        expect(wire.length).toBeGreaterThanOrEqual(1);
        wait(100);
        answer(window, wire, true);
      }
      expect(fill(window, sender)).toHaveLength(1);
    });

    test('widens again when answers come', () => {
      const { window, sender } = widened();
      for (let trip = 0; trip < 20; trip++) {
        wait(1);
        const wire = fill(window, sender);
        wait(100);
        answer(window, wire, true);
      }
      window.expect(sender, 0);
      expect(drain(window, 20_000, 100)).toBe(100);
    });
  });
});

describe('several senders', () => {
  const open = () => new SendWindow({ most: 100, drainWithinMs: 6_000 });

  test('take turns: what leaves together costs less', () => {
    const window = open();
    const [first, second] = [{}, {}];
    window.expect(first, 100);
    window.expect(second, 100);
    const wire = fill(window, first);
    expect(wire).toHaveLength(8);
    expect(window.room(second, 0)).toBe(0);
    let woken = 0;
    window.whenFree(second, () => woken++);
    wait(TURN - 1);
    expect(window.room(first, 8)).toBe(8);
    wait(1);
    // The turn is over: what is written makes room for the other.
    expect(window.room(first, 8)).toBe(0);
    answer(window, wire, false);
    expect(woken).toBe(1);
    expect(fill(window, second)).toHaveLength(8);
  });

  test('may keep the window for as long as nobody waits for it', () => {
    const window = open();
    const [first, second] = [{}, {}];
    window.expect(first, 10_000);
    window.expect(second, 10_000);
    const wire = fill(window, first);
    wait(10 * TURN);
    expect(window.room(first, wire.length)).toBe(8);
  });

  test('all get their turn, be there more of them than the window is wide', () => {
    const window = open();
    const senders = Array.from({ length: 20 }, () => ({}));
    const sent = new Map<object, number>(senders.map((sender) => [sender, 0]));
    const wire: Departure[] = [];
    const send = (sender: object): void => {
      for (; window.room(sender, 0) > 0; sent.set(sender, sent.get(sender)! + 1)) wire.push(window.left());
      window.whenFree(sender, () => send(sender));
    };
    for (const sender of senders) window.expect(sender, 1_000);
    for (const sender of senders) send(sender);
    for (let answers = 0; answers < 1_000; answers++) {
      const departure = wire.shift()!;
      wait(5);
      answer(window, [departure], false);
    }
    expect(Math.min(...sent.values())).toBeGreaterThan(0);
  });

  test('get the turn of one that is done', () => {
    const window = open();
    const [stays, leaves] = [{}, {}];
    window.expect(leaves, 10_000);
    window.expect(stays, 10_000);
    const wire = fill(window, leaves);
    let woken = 0;
    window.whenFree(stays, () => woken++);
    answer(window, wire, false);
    window.whenFree(stays, () => woken++);
    window.expect(leaves, 0);
    expect(woken).toBe(2);
    expect(window.room(stays, 0)).toBe(8);
  });

  test('never have more in doubt together than the window is wide', () => {
    const window = open();
    const senders = Array.from({ length: 5 }, () => ({}));
    for (const sender of senders) window.expect(sender, 10_000);
    for (const sender of senders) fill(window, sender);
    expect(window.inDoubt).toBe(8);
  });
});
