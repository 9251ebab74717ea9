import { sql, type Kysely } from 'kysely';
import { guard } from './repository-exception.ts';
import type { Database } from './tables.ts';

/**
 * By how many milliseconds this machine's clock is ahead of the database's; negative: behind. Right to half a round
 * trip, on a connection that stands. Throws {@link ScenarioRepositoryException}.
 */
export async function clockDifference(db: Kysely<Database>, clock: () => Date = () => new Date()): Promise<number> {
  return guard('clockDifference', () =>
    db.connection().execute(async (session) => {
      const before = clock().getTime();
      const { rows } = await sql<{ ms: number }>`
        select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`.execute(session);
      return Math.round((before + clock().getTime()) / 2 - rows[0]!.ms);
    }),
  );
}

/** For people: `0.012 s ahead of`. */
export function describeDifference(ms: number): string {
  return `${Math.abs(ms / 1000)} s ${ms < 0 ? 'behind' : 'ahead of'}`;
}
