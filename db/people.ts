import { sql, type Kysely } from 'kysely';
import { guard } from './repository-exception.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** Rows by table. Of the organisation's tables what the service may read; of its own everything. */
export type PersonalData = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** How many rows went, by table. */
export type Erasure = Readonly<Record<string, number>>;

/** All that is stored about somebody, in one snapshot; noted in the audit. Throws ScenarioRepositoryException. */
export async function exportPerson(db: Kysely<Database>, userId: string): Promise<PersonalData> {
  return guard('exportPerson', async () => {
    const { rows } = await sql<{ data: PersonalData }>`select scenario_push.export_person(${userId}) as data`.execute(
      db,
    );
    return rows[0]!.data;
  });
}

/**
 * Deletes all that the service itself stores about somebody; what the organisation stores goes with the row of users.
 * Noted in the audit without their id. Throws ScenarioRepositoryException.
 */
export async function erasePerson(db: Kysely<Database>, userId: string): Promise<Erasure> {
  return guard('erasePerson', () =>
    inTransaction(db, async (tx) => {
      const { rows } = await sql<{ erased: Erasure }>`select scenario_push.erase_person(${userId}) as erased`.execute(
        tx,
      );
      return rows[0]!.erased;
    }),
  );
}
