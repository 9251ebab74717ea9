import { closestMatch } from 'leven';

/** ` Did you mean "inactivity"?`, or nothing where no known word is within two slips per five letters. */
export function didYouMean(text: string, known: readonly string[]): string {
  const match = closestMatch(text.toLowerCase(), known, {
    maxDistance: Math.max(1, Math.floor((text.length * 2) / 5)),
  });
  return match === undefined ? '' : ` Did you mean "${match}"?`;
}
