import { env } from 'node:process';
import pg from 'pg';

/** Calls every attempt of a batch without an outcome "never sent". There is no such statement in the service. */
export async function forget(batchKey: string): Promise<void> {
  const client = new pg.Client({ connectionString: env['DATABASE_URL'] });
  await client.connect();
  try {
    await client.query(
      `update delivery_attempts a set outcome = 'rejected', retryable = true, error_code = 'forgotten'
       from scenario_claims c where c.id = a.claim_id and c.batch_key = $1 and a.outcome is null`,
      [batchKey],
    );
  } finally {
    await client.end();
  }
}
