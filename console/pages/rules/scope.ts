import { scopeKey, type RuleScope, type Scope } from '../../../db/rule-scopes.ts';
import type { ScenarioType } from '../../../domain/scenarios/registry.ts';
import { UUID } from '../../../domain/uuid.ts';
import type { Words } from '../../words/en.ts';

/** What a scope is called in an address: `chapter:<id>`, `organization:<id>`, or `default`. */
export function scopeName(scope: Scope): string {
  const { organization_id, chapter_id } = scopeKey(scope);
  if (chapter_id !== null) return `chapter:${chapter_id}`;
  return organization_id === null ? 'default' : `organization:${organization_id}`;
}

/** Null: nobody has such a name, or the reader may not see whoever has. */
export function findScope(scopes: readonly RuleScope[], name: string | undefined): RuleScope | null {
  const [kind, id] = (name ?? '').split(':');
  if (kind !== 'default' && !UUID.test(id ?? '')) return null;
  return scopes.find((scope) => scopeName(scope) === name) ?? null;
}

/** For people. Adopted tables may have chapters without a name. */
export function scopeTitle(scope: RuleScope, words: Words): string {
  const { organization_id, chapter_id, organization_name, chapter_name } = scope;
  if (chapter_id !== null) return chapter_name || chapter_id;
  return organization_id === null ? words.rules.everybody : organization_name || organization_id;
}

export function editAddress(type: ScenarioType, scope: Scope): string {
  return `/rules/edit?${new URLSearchParams({ type, scope: scopeName(scope) }).toString()}`;
}
