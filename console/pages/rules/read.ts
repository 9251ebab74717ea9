import type { Kysely, Transaction } from 'kysely';
import { changesIn, type RuleChange } from '../../../db/rule-changes.ts';
import { ruleScopes, type RuleScope, type Scope } from '../../../db/rule-scopes.ts';
import { ruleOf, type StoredRule } from '../../../db/rules.ts';
import type { Database } from '../../../db/tables.ts';
import { isScenarioType, type ScenarioType } from '../../../domain/scenarios/registry.ts';
import { asReader } from '../../as-reader.ts';
import { notFound } from '../../failure-pages.ts';
import type { Reader } from '../../reader.ts';
import { findScope } from './scope.ts';

const MOST_CHANGES = 50;

/** A place where a rule may be, as the reader may see it. */
export interface Place {
  readonly type: ScenarioType;
  readonly scope: RuleScope;
  readonly scopes: readonly RuleScope[];
  /** Its own rule, if it has one. */
  readonly stored: StoredRule | null;
  /** The one that counts without it; null for the default. */
  readonly wider: { readonly scope: RuleScope; readonly rule: StoredRule } | null;
  readonly changes: readonly RuleChange[];
}

/** Ends the request with 404 where the reader sees no such place. */
export async function readPlace(
  db: Kysely<Database>,
  reader: Reader,
  type: string | undefined,
  scopeName: string | undefined,
): Promise<Place> {
  if (type === undefined || !isScenarioType(type)) notFound();
  const place = await asReader(db, reader, async (tx) => {
    const scopes = await ruleScopes(tx, reader.kind === 'operator');
    const scope = findScope(scopes, scopeName);
    return scope && placeOf(tx, type, scope, scopes);
  });
  return place ?? notFound();
}

export async function placeOf(
  tx: Transaction<Database>,
  type: ScenarioType,
  scope: RuleScope,
  scopes: readonly RuleScope[],
): Promise<Place> {
  return {
    type,
    scope,
    scopes,
    stored: await ruleOf(tx, type, scope),
    wider: await widerRule(tx, type, scope, scopes),
    changes: await changesIn(tx, type, scope, MOST_CHANGES),
  };
}

async function widerRule(
  tx: Transaction<Database>,
  type: ScenarioType,
  scope: RuleScope,
  scopes: readonly RuleScope[],
): Promise<Place['wider']> {
  for (const wider of widerScopes(scope)) {
    const named = scopes.find(
      (each) => each.organization_id === wider.organization_id && each.chapter_id === wider.chapter_id,
    );
    const rule = named && (await ruleOf(tx, type, wider));
    if (rule) return { scope: named, rule };
  }
  return null;
}

function widerScopes({ organization_id, chapter_id }: Scope): Scope[] {
  return [
    ...(chapter_id !== null && organization_id !== null ? [{ organization_id, chapter_id: null }] : []),
    ...(chapter_id !== null || organization_id !== null ? [{ organization_id: null, chapter_id: null }] : []),
  ];
}
