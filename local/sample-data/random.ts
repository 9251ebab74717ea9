import { createHash } from 'node:crypto';

/** A number from 0 up to 1, the next one with every call. */
export type Random = () => number;

/** mulberry32: small, fast, the same everywhere. Streams of neighbouring indexes have nothing in common. */
export function randomStream(seed: number, index: number): Random {
  let state = mixed(mixed(seed) + Math.imul(index + 1, 0x9e3779b9));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number, both ends included. */
export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** One of several, each as likely as its weight says. */
export function weighted<T extends { readonly weight: number }>(random: Random, all: readonly T[]): T {
  let left = random() * all.reduce((sum, each) => sum + each.weight, 0);
  return all.find((each) => (left -= each.weight) < 0) ?? all.at(-1)!;
}

/**
 * An id that follows from the seed and what it stands for, in the form of a version 4 UUID. Hashed: 32 bits of a
 * stream's state would meet twice among some ten thousand ids.
 */
export function seededId(seed: number, ...parts: readonly (string | number)[]): string {
  const hex = createHash('sha256')
    .update(['scenario-push sample', seed, ...parts].join('/'))
    .digest('hex');
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) & 3]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function mixed(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
