import type { Kysely } from 'kysely';
import type { StrandedBatch } from './attempts.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

const stranded = statementFromFile<StrandedBatch>('stranded-batches');

/** Batches with notifications claimed before `claimedBefore` and not settled yet, a page behind the key `after`. */
export async function strandedBatches(
  db: Kysely<Database>,
  claimedBefore: Date,
  { after, most }: { readonly after: string; readonly most: number },
): Promise<StrandedBatch[]> {
  return all(db, stranded, { claimed_before: claimedBefore, after, most });
}
