import type { Kysely } from 'kysely';
import { failuresOfRuns, type Failures, type Run } from '../db/list-runs.ts';
import type { Database } from '../db/tables.ts';

/** Of a few scenario types, over a few sweeps. */
const MOST_KNOWN = 100;

/**
 * What notifications of runs failed with. Counting them means to look at each one's last answer, so what was found of a run
 * that has ended is kept until its number of failures changes.
 */
export class KnownFailures {
  readonly #known = new Map<string, Failures>();

  async of(db: Kysely<Database>, runs: readonly Run[]): Promise<ReadonlyMap<string, Failures>> {
    const failed = runs.filter((run) => run.failed > 0);
    const unknown = failed.filter((run) => run.finished_at === null || !this.#known.has(keyOf(run)));
    const found = await failuresOfRuns(
      db,
      unknown.map(({ id }) => id),
    );
    const all = new Map(failed.map((run) => [run.id, found.get(run.id) ?? this.#known.get(keyOf(run)) ?? {}]));
    if (this.#known.size > MOST_KNOWN) this.#known.clear();
    for (const run of unknown) if (run.finished_at !== null) this.#known.set(keyOf(run), all.get(run.id)!);
    return all;
  }
}

function keyOf({ id, failed }: Run): string {
  return `${id} ${failed}`;
}
