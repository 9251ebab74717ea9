import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SendWindow, type Departure } from '../../push/send-window.ts';

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
    while (left > 0 && window.room(sender, wire.length) > 0) {
      wire.push(window.left());
      left--;
    }
    most = Math.max(most, wire.length);
    if (wire.length === 0) throw new Error(`stands still with ${left} left`);
    wait(tookMs);
    const answered = wire;
    wire = [];
    for (const departure of answered) {
      window.answered(departure, isTrouble);
      window.written(departure);
    }
    window.expect(sender, left);
  }
  window.expect(sender, 0);
  return most;
}

/** Fills the window for `sender`; what it let out. */
function fill(window: SendWindow, sender: object): Departure[] {
  const wire: Departure[] = [];
  while (window.room(sender, wire.length) > 0) wire.push(window.left());
  return wire;
}

describe('a window of a hundred that drains within six seconds', () => {
  const open = (most = 100) => new SendWindow({ most, drainWithinMs: 6_000 });

  test('lets eight out while nothing is known', () => {
    const window = open();
    const sender = {};
    window.expect(sender, 10_000);
    expect(fill(window, sender)).toHaveLength(8);
    expect(window.room(sender, 8)).toBe(0);
  });

  test('needs eight in flight for 552 messages at 50 ms, and never more', () => {
    expect(drain(open(), 552, 50)).toBe(8);
  });

  test('is as wide as what follows takes, where its sender has one of many batches: 20,000 at 100 ms take a hundred', () => {
    const window = open();
    const sender = {};
    window.expect(sender, 1_000, 20_000);
    expect(drain(window, 1_000, 100, { sender })).toBe(100);
  });

  describe('counts the time until an answer is written', () => {
    function widthAfter(messages: number, answerMs: number, writingMs: number, trips = 20): number {
      const window = open();
      const sender = {};
      window.expect(sender, messages);
      for (let trip = 0; trip < trips; trip++) {
        const wire = fill(window, sender);
        wait(answerMs);
        for (const departure of wire) window.answered(departure, false);
        wait(writingMs);
        for (const departure of wire) window.written(departure);
      }
      return fill(window, sender).length;
    }

    test('2,400 messages that take 60 ms, and 40 to be written, take forty', () => {
      expect(widthAfter(2_400, 60, 40)).toBe(40);
    });

    test.each([50, 51, 30_000])(
      'up to 50 ms: so 2,400 that take 50 ms, and %d to be written, take forty',
      (writingMs) => {
        expect(widthAfter(2_400, 50, writingMs)).toBe(40);
      },
    );

    test('and a database that stands still leaves 552 messages at 50 ms with no more than ten in flight', () => {
      expect(widthAfter(552, 50, 30_000)).toBe(10);
    });
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
      for (const departure of wire) {
        window.answered(departure, false);
        window.written(departure);
      }
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
      for (const departure of wire) window.answered(departure, true);
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
        for (const departure of wire) window.answered(departure, true);
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
        for (const departure of wire) window.answered(departure, true);
      }
      expect(fill(window, sender)).toHaveLength(1);
    });

    test('widens again when answers come', () => {
      const { window, sender } = widened();
      for (let trip = 0; trip < 20; trip++) {
        wait(1);
        const wire = fill(window, sender);
        wait(100);
        for (const departure of wire) window.answered(departure, true);
      }
      window.expect(sender, 0);
      expect(drain(window, 20_000, 100)).toBe(100);
    });
  });
});

describe('several senders', () => {
  const open = () => new SendWindow({ most: 100, drainWithinMs: 6_000 });

  test('share the window evenly', () => {
    const window = open();
    const senders = [{}, {}, {}, {}];
    for (const sender of senders) window.expect(sender, 10_000);
    expect(senders.map((sender) => fill(window, sender).length)).toEqual([2, 2, 2, 2]);
  });

  test('each get one in flight at least as soon as there is room, be there more of them than the window is wide', () => {
    const window = open();
    const senders = Array.from({ length: 20 }, () => ({}));
    const sent = new Map<object, number>(senders.map((sender) => [sender, 0]));
    const wire: { sender: object; departure: Departure }[] = [];
    const asksAgain: object[] = [];
    const own = (sender: object) => wire.filter((each) => each.sender === sender).length;
    const send = (sender: object): void => {
      if (window.room(sender, own(sender)) === 0) return window.whenFree(sender, () => send(sender));
      wire.push({ sender, departure: window.left() });
      sent.set(sender, sent.get(sender)! + 1);
      asksAgain.push(sender);
    };
    for (const sender of senders) window.expect(sender, 1_000);
    for (const sender of senders) send(sender);
    for (let answers = 0; answers < 400; answers++) {
      const [{ departure }] = wire.splice(0, 1) as [(typeof wire)[number]];
      wait(5);
      window.answered(departure, false);
      // As in a pump, behind those who found it full before.
      for (const sender of asksAgain.splice(0)) send(sender);
    }
    expect(Math.min(...sent.values())).toBeGreaterThan(0);
  });

  test('get the share of one that is done', () => {
    const window = open();
    const [stays, leaves] = [{}, {}];
    window.expect(stays, 10_000);
    window.expect(leaves, 10_000);
    expect(window.room(stays, 0)).toBe(4);
    let woken = 0;
    window.whenFree(stays, () => woken++);
    window.expect(leaves, 0);
    expect(woken).toBe(1);
    expect(window.room(stays, 0)).toBe(8);
  });

  test('are woken once each by an answer, and one that has left not at all', () => {
    const window = open();
    const [waits, gone] = [{}, {}];
    window.expect(waits, 10);
    window.expect(gone, 10);
    const departure = window.left();
    const woken: string[] = [];
    window.whenFree(waits, () => woken.push('waits'));
    window.whenFree(gone, () => woken.push('gone'));
    window.expect(gone, 0);
    woken.splice(0);
    window.whenFree(waits, () => woken.push('waits'));
    window.answered(departure, false);
    window.answered(window.left(), false);
    expect(woken).toEqual(['waits']);
  });

  test('never have more in flight together than the window is wide', () => {
    const window = open();
    const senders = Array.from({ length: 5 }, () => ({}));
    for (const sender of senders) window.expect(sender, 10_000);
    for (const sender of senders) fill(window, sender);
    expect(window.inFlight).toBeLessThanOrEqual(8);
  });
});
