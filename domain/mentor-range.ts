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

/** No sweep is divided into more batches: a smaller range is one mentor's. */
const MOST_PARTS = 1_000_000n;

/** How many ranges like this one the UUID space has; 1 for the range of one mentor, which is no part of a division. */
export function partsLike({ from, to }: MentorRange): number {
  const parts = SPACE / ((to === null ? SPACE : toNumber(to)) - toNumber(from));
  return parts > MOST_PARTS ? 1 : Number(parts);
}

/** The range that holds one mentor. */
export function rangeOfMentor(userId: string): MentorRange {
  const next = toNumber(userId) + 1n;
  return { from: userId, to: next === SPACE ? null : toUuid(next) };
}

function toNumber(uuid: string): bigint {
  return BigInt(`0x${uuid.replaceAll('-', '')}`);
}

/** Whether both hold the same mentors. */
export function isSameRange(a: MentorRange, b: MentorRange): boolean {
  return a.from === b.from && a.to === b.to;
}

function toUuid(value: bigint): string {
  const hex = value.toString(16).padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
