import type { Kysely } from 'kysely';
import { previewChapter } from '../db/chapters.ts';
import type { PreviewRow } from '../db/preview.ts';
import type { Database } from '../db/tables.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';

/** Who in a chapter would be told of one scenario, and who would not, and why. */
export interface Verdicts {
  readonly evaluated: number;
  readonly misconfigured: number;
  /** `send`, or a suppression; the most frequent first. */
  readonly counts: readonly { readonly verdict: string; readonly n: number }[];
  /** In bytewise order of user id and occurrence. */
  readonly candidates: readonly PreviewRow[];
}

/** As a sweep of the instant would find them; writes nothing. Throws ScenarioRepositoryException. */
export async function verdictsOfChapter(
  db: Kysely<Database>,
  chapterId: string,
  about: { readonly scenarioType: ScenarioType; readonly asOf: Date },
): Promise<Verdicts> {
  const { audience, candidates } = await previewChapter(db, chapterId, about);
  const counts = new Map<string, number>();
  for (const { reason } of candidates) counts.set(reason ?? 'send', (counts.get(reason ?? 'send') ?? 0) + 1);
  return {
    evaluated: audience.mentors_evaluated,
    misconfigured: audience.mentors_misconfigured,
    counts: [...counts].map(([verdict, n]) => ({ verdict, n })).toSorted((a, b) => b.n - a.n),
    candidates,
  };
}
