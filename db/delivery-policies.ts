import { sql, type Kysely } from 'kysely';
import { guard } from './repository-exception.ts';
import type { Scope } from './rule-scopes.ts';
import type { Database } from './tables.ts';

/** When mentors are notified, and how often at most. */
export interface DeliveryPolicy extends Scope {
  /** `HH:MM`; equal to `send_until`: at any hour. */
  readonly send_from: string;
  readonly send_until: string;
  /** Null: no limit. */
  readonly max_notifications: number | null;
  readonly per_days: number;
}

/** Every policy that the reader may see. Throws {@link ScenarioRepositoryException}. */
export async function listPolicies(db: Kysely<Database>): Promise<DeliveryPolicy[]> {
  return guard('listPolicies', async () => {
    const { rows } = await sql<DeliveryPolicy>`
      select organization_id, chapter_id, to_char(send_from, 'HH24:MI') as send_from,
        to_char(send_until, 'HH24:MI') as send_until, max_notifications, per_days
      from delivery_policies`.execute(db);
    return rows;
  });
}
