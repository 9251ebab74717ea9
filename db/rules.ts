import { sql, type Expression, type Kysely, type SqlBool, type Transaction } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { ProposedRule } from './evaluation-request.ts';
import { guard } from './repository-exception.ts';
import { scopeKey, type Scope } from './rule-scopes.ts';
import type { Database } from './tables.ts';

export interface StoredRule extends ProposedRule {
  readonly id: string;
  /** Differs from what it was as soon as anything in the row does. */
  readonly version: string;
}

/** In how many chapters a rule counts. */
export interface RuleInForce {
  readonly scenario_rule_id: string;
  readonly chapters: number;
}

type Where = readonly Expression<SqlBool>[];

const COLUMNS = sql<StoredRule>`
  id, organization_id, chapter_id, scenario_type, enabled, cooldown_minutes, on_unknown, starts_on, parameters,
  md5(to_jsonb(scenario_rules)::text) as version`;

/** Every rule that the reader may see. Throws {@link ScenarioRepositoryException}. */
export async function listRules(db: Kysely<Database>): Promise<StoredRule[]> {
  return guard(
    'listRules',
    async () => (await sql<StoredRule>`select ${COLUMNS} from scenario_rules`.execute(db)).rows,
  );
}

/** The rules that count somewhere, and in how many chapters. Throws {@link ScenarioRepositoryException}. */
export async function rulesInForce(db: Kysely<Database>): Promise<RuleInForce[]> {
  return guard('rulesInForce', async () => {
    const { rows } = await sql<RuleInForce>`
      select scenario_rule_id, count(*) as chapters from rules_in_force group by scenario_rule_id`.execute(db);
    return rows;
  });
}

/** The rule of a scope itself, not one that counts there. Null: it has none, or none that the reader may see. */
export async function ruleOf(
  db: Kysely<Database>,
  scenarioType: ScenarioType,
  scope: Scope,
): Promise<StoredRule | null> {
  return guard('ruleOf', async () => {
    const { rows } = await sql<StoredRule>`
      select ${COLUMNS} from scenario_rules
      where scenario_type = ${scenarioType} and ${all(whereScope(scope))}`.execute(db);
    return rows[0] ?? null;
  });
}

/**
 * Writes a rule where nobody has written since `seen`: null, where there was none. False: somebody has, or the reader may
 * not write there; nothing is changed. Throws what the database refuses.
 */
export async function saveRule(
  tx: Transaction<Database>,
  rule: ProposedRule,
  seen: Pick<StoredRule, 'id' | 'version'> | null,
): Promise<boolean> {
  const { scenario_type, enabled, cooldown_minutes, on_unknown, starts_on } = rule;
  const { organization_id, chapter_id } = scopeKey(rule);
  const parameters = JSON.stringify(rule.parameters);
  const written = seen
    ? await sql`
        update scenario_rules
        set enabled = ${enabled}, cooldown_minutes = ${cooldown_minutes}, on_unknown = ${on_unknown},
          starts_on = ${starts_on}, parameters = ${parameters}::jsonb
        where ${all(whereSeen(seen, scenario_type, rule))}
        returning id`.execute(tx)
    : await sql`
        insert into scenario_rules
          (organization_id, chapter_id, scenario_type, enabled, cooldown_minutes, on_unknown, starts_on, parameters)
        values (${organization_id}, ${chapter_id}, ${scenario_type}, ${enabled}, ${cooldown_minutes}, ${on_unknown},
          ${starts_on}, ${parameters}::jsonb)
        on conflict on constraint scenario_rules_scope_key do nothing
        returning id`.execute(tx);
  return written.rows.length > 0;
}

/** As {@link saveRule}, for the rule of this scope: the wider rule counts from then on. */
export async function deleteRule(
  tx: Transaction<Database>,
  { type, scope }: { readonly type: ScenarioType; readonly scope: Scope },
  seen: Pick<StoredRule, 'id' | 'version'>,
): Promise<boolean> {
  const { rows } = await sql`
    delete from scenario_rules where ${all(whereSeen(seen, type, scope))} returning id`.execute(tx);
  return rows.length > 0;
}

/** What was seen, and only in its place: the id of another rule is that of none. */
function whereSeen({ id, version }: Pick<StoredRule, 'id' | 'version'>, type: ScenarioType, scope: Scope): Where {
  return [
    sql<SqlBool>`id = ${id}`,
    sql<SqlBool>`md5(to_jsonb(scenario_rules)::text) = ${version}`,
    sql<SqlBool>`scenario_type = ${type}`,
    ...whereScope(scope),
  ];
}

/** One key of a scope's: both of its columns, as the unique key has them. */
export function whereScope(scope: Scope): Where {
  const { organization_id, chapter_id } = scopeKey(scope);
  return [
    organization_id === null
      ? sql<SqlBool>`organization_id is null`
      : sql<SqlBool>`organization_id = ${organization_id}`,
    chapter_id === null ? sql<SqlBool>`chapter_id is null` : sql<SqlBool>`chapter_id = ${chapter_id}`,
  ];
}

export function all(conditions: Where): Expression<SqlBool> {
  return sql<SqlBool>`${sql.join(conditions, sql` and `)}`;
}
