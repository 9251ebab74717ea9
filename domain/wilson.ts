/** 97.5 % of a normal distribution lie below it. */
const Z = 1.959963984540054;

export interface Interval {
  /** 0 to 1. */
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The share `part` of `whole`, and its 95 % interval after Wilson: E. B. Wilson, "Probable inference, the law of succession,
 * and statistical inference", Journal of the American Statistical Association 22 (1927), pp. 209–212. Unlike the share ±
 * two standard errors it stays within 0 and 1, and says something of small numbers as well. Null where there is nobody.
 */
export function wilson(part: number, whole: number): Interval | null {
  if (whole === 0) return null;
  const share = part / whole;
  const z2 = Z ** 2 / whole;
  const middle = share + z2 / 2;
  const reach = Z * Math.sqrt((share * (1 - share)) / whole + z2 / (4 * whole));
  return {
    share,
    low: part === 0 ? 0 : (middle - reach) / (1 + z2),
    high: part === whole ? 1 : (middle + reach) / (1 + z2),
  };
}
