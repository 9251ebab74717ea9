import { sql, type Kysely } from 'kysely';
import { guard } from './repository-exception.ts';
import type { Database } from './tables.ts';

/** Whom a rule is for: a chapter (by its id), an organisation, or with both null everybody. */
export interface Scope {
  readonly organization_id: string | null;
  readonly chapter_id: string | null;
}

export interface RuleScope {
  /** A chapter's organisation as well. */
  readonly organization_id: string | null;
  readonly chapter_id: string | null;
  readonly organization_name: string | null;
  readonly chapter_name: string | null;
  /** Whether the reader may write rules and policies here. */
  readonly may_write: boolean;
}

/**
 * The default, organisations and chapters of which somebody reads the rules: the default first, each organisation before its
 * chapters. `everything`: for a login that no person is behind. Throws {@link ScenarioRepositoryException}.
 */
export async function ruleScopes(db: Kysely<Database>, everything: boolean): Promise<RuleScope[]> {
  const scopes = everything ? ALL : sql<RuleScope>`public.rule_scopes()`;
  return guard('ruleScopes', async () => {
    const { rows } = await sql<RuleScope>`
      select * from ${scopes} s
      order by organization_id is not null or chapter_id is not null, organization_name, organization_id,
        chapter_id is not null, chapter_name, chapter_id`.execute(db);
    return rows;
  });
}

const ALL = sql<RuleScope>`(
  select organization_id, chapter_id, organization_name, chapter_name,
    not row_security_active('public.scenario_rules')
      or pg_has_role('scenario_push_rule_writer', 'usage') as may_write
  from (
    select null::uuid, null::uuid, null::text, null::text
    union all
    select id, null, name::text, null from organizations
    union all
    select c.organization_id, c.id, o.name::text, c.name::text
    from chapters c left join organizations o on o.id = c.organization_id
  ) everything (organization_id, chapter_id, organization_name, chapter_name)
)`;

/** The scope's own key in scenario_rules, where a chapter's rule names no organisation. */
export function scopeKey({ organization_id, chapter_id }: Scope): Scope {
  return { organization_id: chapter_id === null ? organization_id : null, chapter_id };
}
