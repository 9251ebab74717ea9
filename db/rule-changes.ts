import { sql, type Kysely, type Transaction } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { guard } from './repository-exception.ts';
import { scopeKey, type Scope } from './rule-scopes.ts';
import { all, whereScope } from './rules.ts';
import type { Database } from './tables.ts';

type Row = Readonly<Record<string, unknown>>;

/** One change of a row; `before` null: it was made, `after` null: it was deleted. */
export interface RuleChange {
  readonly at: Date;
  readonly person: string | null;
  readonly email: string | null;
  readonly database_role: string;
  readonly operator: string | null;
  readonly before: Row | null;
  readonly after: Row | null;
}

/** What was changed in one scope, the latest first. `scenarioType` null: its delivery policy. Of rows that are gone as well. */
export async function changesIn(
  db: Kysely<Database>,
  scenarioType: ScenarioType | null,
  scope: Scope,
  limit: number,
): Promise<RuleChange[]> {
  // A chapter's rule names no organisation, and so does its line.
  return guard('changesIn', async () => {
    const { rows } = await sql<RuleChange>`
      select at, person, email, database_role, operator, before, after
      from rule_changes
      where ${all(whereScope(scopeKey(scope)))}
        and ${scenarioType === null ? sql`scenario_type is null` : sql`scenario_type = ${scenarioType}`}
      order by at desc
      limit ${limit}`.execute(db);
    return rows;
  });
}

/** For the rest of the transaction: what an operator calls themselves, in the record of what they change. */
export async function nameOperator(tx: Transaction<Database>, name: string): Promise<void> {
  await sql`select set_config('scenario_push.operator', ${name}, true)`.execute(tx);
}
