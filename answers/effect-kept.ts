import type { Kysely } from 'kysely';
import type { Database } from '../db/tables.ts';
import { MINUTE } from '../domain/durations.ts';
import { effect, type Effect, type EffectRequest } from './effect.ts';

/** Days are what it counts: an hour changes little. */
const KEPT_MS = 60 * MINUTE;
const MOST_KEPT = 100;
/** Counts that wait for their turn. */
const MOST_WAITING = 4;

/** What was counted, or null: it is being counted, or will be once fewer others wait. */
export type KeptEffect = (request: EffectRequest & { readonly since: string }) => Promise<Effect | null>;

interface Counted {
  readonly startedAt: number;
  readonly effect: Promise<Effect>;
}

/**
 * Counting many mentors takes longer than a page should wait for. Each question is counted once in an hour and for
 * whoever asks meanwhile; who asks waits for `patienceMs` at most. One at a time: it fills a core of the database.
 */
export function keepEffects(db: Kysely<Database>, patienceMs: number): KeptEffect {
  const kept = new Map<string, Counted>();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (request) => {
    const key = JSON.stringify([request.since, request.chapterIds?.toSorted() ?? null]);
    const now = request.now.getTime();
    let counted = kept.get(key);
    if (!counted || now - counted.startedAt >= KEPT_MS) {
      if (waiting >= MOST_WAITING) return null;
      waiting++;
      const counting = last.then(() => effect(db, request)).finally(() => waiting--);
      const mine = { startedAt: now, effect: counting };
      counted = mine;
      // Not what somebody has begun to count since.
      last = counting.catch(() => kept.get(key) === mine && kept.delete(key));
      kept.delete(key);
      kept.set(key, counted);
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
    }
    const patience = new Promise<null>((resolve) => setTimeout(resolve, patienceMs, null).unref());
    return Promise.race([counted.effect, patience]);
  };
}
