import { randomUUID } from 'node:crypto';
import type { Insertable, Kysely } from 'kysely';
import type { Database } from '../../db/tables.ts';

type RunValues = Partial<Insertable<Database['evaluation_runs']>>;

/** A finished sweep of one scenario type, with whatever counts matter to a test. */
export async function sweepRun(
  db: Kysely<Database>,
  startedAt: Date,
  values: RunValues = {},
): Promise<{ workflowId: string }> {
  const row = await db
    .insertInto('evaluation_runs')
    .values({
      workflow_id: `sweep-${randomUUID()}`,
      first_run_id: randomUUID(),
      scenario_type: 'inactivity',
      as_of: startedAt,
      plan_key: `${startedAt.toISOString()}-of1`,
      started_at: startedAt,
      finished_at: new Date(startedAt.getTime() + 60_000),
      end_state: 'finished',
      ...values,
    })
    .returning('workflow_id')
    .executeTakeFirstOrThrow();
  return { workflowId: row.workflow_id };
}
