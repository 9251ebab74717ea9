import { describe, expect, test } from '@jest/globals';
import { partsLike, rangeOf, rangeOfMentor } from '../../domain/mentor-range.ts';

describe('how many ranges like it there are', () => {
  test.each([1, 2, 3, 7, 64, 1_000])('each of %i even parts says so', (count) => {
    expect(partsLike(rangeOf(0, count))).toBe(count);
    expect(partsLike(rangeOf(count - 1, count))).toBeLessThanOrEqual(count);
    expect(partsLike(rangeOf(count - 1, count))).toBeGreaterThanOrEqual(count - 1);
  });

  test.each(['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])(
    'the range of mentor %s is no part of a division',
    (userId) => expect(partsLike(rangeOfMentor(userId))).toBe(1),
  );
});
