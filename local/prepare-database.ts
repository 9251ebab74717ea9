import { connect, createPool } from '../db/connect.ts';
import { migrateUp } from '../db/migrate.ts';
import { CodedError } from '../domain/errors.ts';
import { hasSampleData, loadSampleData } from './sample-data/load-sample-data.ts';
import { makeLogins } from './logins.ts';

/**
 * Migrates, makes the worker's log-in where the server is ours, and loads the sample data where that can do no harm: into a
 * database of ours without a single user, whose messages go to an emulator. Throws E_SAMPLE_DATA where they would not.
 */
export async function prepareDatabase(
  url: string,
  { asOf, emulated, ours, log }: { asOf: Date; emulated: boolean; ours: boolean; log: (line: string) => void },
): Promise<void> {
  const pool = createPool({ url, maxConnections: 2 });
  const db = connect(pool);
  try {
    const steps = await migrateUp(db);
    log(steps.length > 0 ? `${steps.length} migrations applied.` : 'The schema is current.');
    if (ours) await makeLogins(pool, url);
    if (!ours) return;
    if (!emulated && (await hasSampleData(db))) {
      throw new CodedError(
        'E_SAMPLE_DATA',
        'the database of "npm start" holds sample data, whose devices do not exist',
        {
          fix: 'unset GOOGLE_APPLICATION_CREDENTIALS, and an emulator takes the place of Firebase; or name a database in DATABASE_URL',
        },
      );
    }
    if (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) return log('The data is kept.');
    if (!emulated) return log('No sample data: its messages would go to the real push service.');
    const sample = await loadSampleData(db, { asOf });
    log(
      `Sample data: ${sample.mentors} mentors in ${sample.chapters} chapters of ${sample.organizations} organisations.`,
    );
  } finally {
    await db.destroy();
  }
}
