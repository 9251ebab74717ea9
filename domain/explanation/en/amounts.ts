/** `1 day`, `13 days`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** `today`, `1 day ago`, `13 days ago`. */
export function ago(days: number): string {
  return days === 0 ? 'today' : `${count(days, 'day')} ago`;
}

/** A length of time in the largest unit that has it whole. */
export function minutesInWords(minutes: number): string {
  if (minutes % (24 * 60) === 0) return count(minutes / (24 * 60), 'day');
  return minutes % 60 === 0 ? count(minutes / 60, 'hour') : count(minutes, 'minute');
}

/** `50`, `50 and 100`, `50, 100 and 200`. */
export function list(items: readonly (string | number)[]): string {
  const last = items.at(-1);
  return items.length < 2 ? String(last ?? '') : `${items.slice(0, -1).join(', ')} and ${last}`;
}
