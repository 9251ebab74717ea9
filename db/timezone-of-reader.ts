import type { Kysely } from 'kysely';
import { guard } from './repository-exception.ts';
import type { Database } from './tables.ts';

/**
 * The timezone of a person's organisation; of nobody in particular (null), that of most organisations. Null where there is
 * none. With the service's role: it says nothing of anybody else. Throws {@link ScenarioRepositoryException}.
 */
export async function timezoneOfReader(db: Kysely<Database>, userId: string | null): Promise<string | null> {
  return guard('timezoneOfReader', async () => {
    const row =
      userId === null
        ? await db
            .selectFrom('organizations')
            .select('timezone')
            .groupBy('timezone')
            .orderBy((eb) => eb.fn.countAll(), 'desc')
            .orderBy('timezone')
            .limit(1)
            .executeTakeFirst()
        : await db
            .selectFrom('users as u')
            .innerJoin('chapters as c', 'c.id', 'u.chapter_id')
            .innerJoin('organizations as o', 'o.id', 'c.organization_id')
            .select('o.timezone')
            .where('u.id', '=', userId)
            .executeTakeFirst();
    return row?.timezone ?? null;
  });
}
