import { sql, type Kysely } from 'kysely';
import { guard } from './repository-exception.ts';
import type { Database } from './tables.ts';

/** An operator's stop of all sending of this database. */
export interface Halt {
  readonly note: string;
  readonly started_at: Date;
}

/** The halt that is in force, or null. */
export async function currentHalt(db: Kysely<Database>): Promise<Halt | null> {
  return guard('currentHalt', async () => {
    const row = await db
      .selectFrom('sending_halts')
      .select(['note', 'started_at'])
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    return row ?? null;
  });
}

/** Stops all sending of this database. Null where it is halted already: the halt in force stays. */
export async function startHalt(db: Kysely<Database>, note: string, now: Date): Promise<Halt | null> {
  return guard('startHalt', async () => {
    const row = await db
      .insertInto('sending_halts')
      .values({ note, started_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .returning(['note', 'started_at'])
      .executeTakeFirst();
    return row ?? null;
  });
}

/** Ends the halt in force and returns it; null where there is none, or it did not start at `startedAt` (null: any). */
export async function endHalt(db: Kysely<Database>, now: Date, startedAt: Date | null = null): Promise<Halt | null> {
  return guard('endHalt', async () => {
    const row = await db
      .updateTable('sending_halts')
      .set({ ended_at: now })
      .where('ended_at', 'is', null)
      // A Date knows milliseconds.
      .$if(startedAt !== null, (query) =>
        query.where(sql<Date>`date_trunc('milliseconds', started_at)`, '=', startedAt!),
      )
      .returning(['note', 'started_at'])
      .executeTakeFirst();
    return row ?? null;
  });
}
