import { describe, expect, test } from '@jest/globals';
import { describeFirstSweep } from '../../domain/explanation/first-sweep.ts';

describe('the first sweep of a type', () => {
  const first = (send: number, mentors: number) =>
    describeFirstSweep('inactivity', { send, mentors, today: '2026-11-21' });

  test('is large above a tenth of the mentors, and ten notifications', () => {
    expect(first(100, 1_000)).toBeNull();
    expect(first(101, 1_000)).not.toBeNull();
    expect(first(9, 10)).toBeNull();
    expect(first(10, 10)).not.toBeNull();
  });

  test('says what it would send, and the line to set', () => {
    expect(first(945, 2_694)).toEqual([
      'first sweep: nobody has been notified of inactivity yet; of 2694 mentors evaluated, it would send 945 notifications, and would be braked.',
      'So that only what is new from today counts:',
      "update scenario_rules set starts_on = '2026-11-21' where scenario_type = 'inactivity';",
    ]);
    expect(first(100, 500)![0]).not.toContain('braked');
  });
});
