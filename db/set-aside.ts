import type { Kysely } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { SetAside } from './evaluation-in-parts.ts';
import { guard } from './repository-exception.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** What a batch left out, and when the latest did. */
export interface RecentlySetAside extends SetAside {
  readonly scenario_type: ScenarioType;
  readonly at: Date;
}

const statement = statementFromFile<RecentlySetAside>('recently-set-aside');

/**
 * What batches left out since an instant because evaluating it failed or cost too much, twenty at most; null = any. A
 * mentor is also left out with the rule that is in force for them. Throws {@link ScenarioRepositoryException}.
 */
export async function recentlySetAside(
  db: Kysely<Database>,
  asked: { readonly since: Date; readonly userId: string | null; readonly scenarioType: ScenarioType | null },
): Promise<RecentlySetAside[]> {
  return guard('recentlySetAside', () =>
    all(db, statement, { since: asked.since, user_id: asked.userId, scenario_type: asked.scenarioType }),
  );
}

/** For people: what was left out, of which type, and why. */
export function describeSetAside({ scenario_type, scenario_rule_id, user_id, sqlstate }: RecentlySetAside): string {
  const what = user_id ? `mentor ${user_id}` : `rule ${scenario_rule_id}`;
  return `${what} (${scenario_type}, ${sqlstate === '57014' ? 'took too long' : `SQLSTATE ${sqlstate}`})`;
}
