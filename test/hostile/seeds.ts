/** `HOSTILE_SEEDS=21-40` plays others, and more of them. */
export const SEEDS: readonly number[] = (() => {
  const [first = 11, last = first] = process.env['HOSTILE_SEEDS']?.split('-').map(Number) ?? [11, 13];
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
})();

/** Figures, where a person asked for seeds of their own. */
export function report(figures: object): void {
  if (process.env['HOSTILE_SEEDS'] !== undefined) process.stderr.write(`${JSON.stringify(figures)}\n`);
}
