/** How often each kind of fault has fired, not how often it was meant to. */
export type Tally = Record<string, number>;

export function count(tally: Tally, kind: string, times = 1): void {
  if (times > 0) tally[kind] = (tally[kind] ?? 0) + times;
}

export function add(to: Tally, from: Tally): void {
  for (const [kind, times] of Object.entries(from)) count(to, kind, times);
}

export function total(tally: Tally, which: (kind: string) => boolean = () => true): number {
  return Object.entries(tally).reduce((sum, [kind, times]) => sum + (which(kind) ? times : 0), 0);
}

/** A process ended without being asked, or stopped from running for a while. */
export function isKillOrFreeze(kind: string): boolean {
  return /\b(killed|frozen|crashed)\b/.test(kind);
}
