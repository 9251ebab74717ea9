import { sql, type Kysely } from 'kysely';
import type { MessageText } from '../domain/scenarios/definition.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { guard } from './repository-exception.ts';
import type { Database } from './tables.ts';

/** What one rule says in its own words. */
export interface RuleTexts {
  readonly scenario_type: ScenarioType;
  readonly messages: Readonly<Record<string, MessageText>> | null;
  /** As it is written there. */
  readonly link: unknown;
  /** Why the database would refuse texts or link if they were written today; null = it would not. */
  readonly fault: string | null;
}

/** Null: there is no such rule. Throws {@link ScenarioRepositoryException}. */
export async function ruleTexts(db: Kysely<Database>, ruleId: string): Promise<RuleTexts | null> {
  return guard('ruleTexts', async () => {
    const { rows } = await sql<RuleTexts>`
      select
        scenario_type,
        parameters -> 'messages' as messages,
        parameters -> 'link' as link,
        nullif(concat_ws('; ', scenario_text_fault(scenario_type, parameters), scenario_push.link_fault(parameters -> 'link')), '') as fault
      from scenario_rules
      where id = ${ruleId}::uuid`.execute(db);
    return rows[0] ?? null;
  });
}
