/** A half-open range of user ids. `to` is null for the last range: the UUID space has no id above its highest. */
export interface MentorRange {
  readonly from: string;
  readonly to: string | null;
}

const SPACE = 1n << 128n;

/** The `index`-th (from 0) of `count` even parts of the UUID space. All parts together cover it once. */
export function rangeOf(index: number, count: number): MentorRange {
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`expected an index from 0 to count - 1, got ${index} of ${count}`);
  }
  const bound = (i: number) => (BigInt(i) * SPACE) / BigInt(count);
  return { from: toUuid(bound(index)), to: index + 1 === count ? null : toUuid(bound(index + 1)) };
}

/** The range that holds one mentor. */
export function rangeOfMentor(userId: string): MentorRange {
  const next = BigInt(`0x${userId.replaceAll('-', '')}`) + 1n;
  return { from: userId, to: next === SPACE ? null : toUuid(next) };
}

function toUuid(value: bigint): string {
  const hex = value.toString(16).padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
