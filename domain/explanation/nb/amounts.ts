/** `1 dag`, `13 dager`. */
export function count(n: number, one: string, several: string): string {
  return `${n} ${n === 1 ? one : several}`;
}

export function days(n: number): string {
  return count(n, 'dag', 'dager');
}

/** `i dag`, `for 1 dag siden`, `for 13 dager siden`. */
export function ago(n: number): string {
  return n === 0 ? 'i dag' : `for ${days(n)} siden`;
}

/** A length of time in the largest unit that has it whole. */
export function minutesInWords(minutes: number): string {
  if (minutes % (24 * 60) === 0) return days(minutes / (24 * 60));
  return minutes % 60 === 0 ? count(minutes / 60, 'time', 'timer') : count(minutes, 'minutt', 'minutter');
}

/** `50`, `50 og 100`, `50, 100 og 200`. */
export function list(items: readonly (string | number)[]): string {
  const last = items.at(-1);
  return items.length < 2 ? String(last ?? '') : `${items.slice(0, -1).join(', ')} og ${last}`;
}
