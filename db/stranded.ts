import type { Kysely } from 'kysely';
import type { StrandedBatch } from './attempts.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

const stranded = statementFromFile<StrandedBatch>('stranded-batches');

/** Batches with notifications claimed before `claimedBefore` and not settled yet, the oldest first. */
export async function strandedBatches(
  db: Kysely<Database>,
  claimedBefore: Date,
  most: number,
): Promise<StrandedBatch[]> {
  return all(db, stranded, { claimed_before: claimedBefore, most });
}
