import type { Kysely, Transaction } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { countBatch, sumFinishedRuns } from './runs.ts';
import { all, first, must } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';
import { givingWay } from './transaction.ts';

export interface Withdrawal {
  /** Notifications that will not be sent. */
  readonly withdrawn: number;
  /** Notifications that may have left already: they stay as they are. */
  readonly left_alone: number;
}

/** `braked`: nobody had it sent in time. */
export type WithdrawalReason = 'recalled' | 'stopped' | 'braked';

/** Which claims: of these batches, or all unsettled ones of some scenario types or of one sweep. */
export type WhichClaims =
  | { readonly batchKeys: readonly string[] }
  | { readonly scenarioTypes: readonly ScenarioType[] | null; readonly workflowId: string | null };

const unsettledBatches = statementFromFile<{ batch_key: string }>('unsettled-batches');
const lockBatches = statementFromFile('lock-batches');
const withdraw = statementFromFile<Withdrawal>('withdraw-claims');

/** Withdraws claims of which nothing has left, whoever is sending them meanwhile. */
export async function withdrawClaims(
  db: Kysely<Database>,
  which: WhichClaims,
  reason: WithdrawalReason,
  now: Date,
): Promise<Withdrawal> {
  return givingWay(db, async (tx) => {
    const batch_keys = 'batchKeys' in which ? which.batchKeys : await batchesOf(tx, which);
    if (batch_keys.length === 0) return { withdrawn: 0, left_alone: 0 };
    await all(tx, lockBatches, { batch_keys });
    const withdrawal = must(await first(tx, withdraw, { batch_keys, reason, now }));
    if (withdrawal.withdrawn > 0) {
      for (const batchKey of batch_keys) await countBatch(tx, batchKey, now);
      await sumFinishedRuns(tx, batch_keys);
    }
    return withdrawal;
  });
}

async function batchesOf(
  tx: Transaction<Database>,
  { scenarioTypes, workflowId }: Exclude<WhichClaims, { batchKeys: unknown }>,
): Promise<string[]> {
  const rows = await all(tx, unsettledBatches, { scenario_types: scenarioTypes, workflow_id: workflowId });
  return rows.map((row) => row.batch_key);
}
