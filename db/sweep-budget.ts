import type { Transaction } from 'kysely';
import type { Database } from './tables.ts';

/** What is left of a sweep's budget; batches of the sweep wait here for each other until their transaction ends. */
export async function takeFromBudget(
  tx: Transaction<Database>,
  { sweepKey, allowance }: { sweepKey: string; allowance: number },
): Promise<number> {
  await tx
    .insertInto('sweep_budgets')
    .values({ sweep_key: sweepKey, allowance, remaining: allowance })
    .onConflict((oc) => oc.column('sweep_key').doNothing())
    .execute();
  const budget = await tx
    .selectFrom('sweep_budgets')
    .select('remaining')
    .where('sweep_key', '=', sweepKey)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return budget.remaining;
}

export async function chargeBudget(tx: Transaction<Database>, sweepKey: string, claimed: number): Promise<void> {
  await tx
    .updateTable('sweep_budgets')
    .set((eb) => ({ remaining: eb('remaining', '-', claimed) }))
    .where('sweep_key', '=', sweepKey)
    .execute();
}
