import { sql, type Kysely } from 'kysely';
import { SCENARIOS } from '../domain/scenarios/registry.ts';
import { guard } from './repository-exception.ts';
import { all } from './run-statement.ts';
import { inTransaction } from './transaction.ts';
import { expectMany } from './evaluation-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** Why somebody who was due for a reminder of inactivity got none. `other`: it failed, was withdrawn, was one too many … */
export const UNTOLD_REASONS = ['no_device_token', 'opted_out', 'capped', 'other'] as const;
export type UntoldReason = (typeof UNTOLD_REASONS)[number];

/** How many days somebody has to be active again. The last one counts. */
export const WITHIN_DAYS = 14;

/** Mentors of one rule, organisation and month. */
export interface EffectCell {
  /** Null: the rule of the reminder was deleted. */
  readonly scenario_rule_id: string | null;
  /** Null: the chapter has none. */
  readonly organization_id: string | null;
  /** `YYYY-MM` */
  readonly month: string;
  /** Null: told. */
  readonly reason: UntoldReason | null;
  /** Whose fourteen days are over. */
  readonly people: number;
  /** Of those. */
  readonly active_again: number;
  /** Whose fourteen days are not over. */
  readonly waiting: number;
}

const effect = statementFromFile<EffectCell>('effect-of-inactivity');

/** `since` as `YYYY-MM-DD`; `chapterIds` null: all. Throws {@link ScenarioRepositoryException}. */
export async function effectCells(
  db: Kysely<Database>,
  { since, now, chapterIds }: { since: string; now: Date; chapterIds: readonly string[] | null },
): Promise<EffectCell[]> {
  return guard('effectCells', () =>
    inTransaction(db, async (tx) => {
      await expectMany(tx);
      return all(tx, effect, {
        since,
        now,
        within_days: WITHIN_DAYS,
        parameter_defaults: JSON.stringify(SCENARIOS.inactivity.parameterDefaults),
        chapter_ids: chapterIds,
      });
    }),
  );
}

/** By id. Empty where whoever asks may not read names. */
export async function organizationNames(db: Kysely<Database>): Promise<Map<string, string>> {
  return guard('organizationNames', async () => {
    const { rows } = await sql<{ may: boolean }>`
      select has_column_privilege('public.organizations', 'name', 'select') as may`.execute(db);
    if (!rows[0]?.may) return new Map();
    const named = await db.selectFrom('organizations').select(['id', 'name']).execute();
    return new Map(named.map(({ id, name }) => [id, name]));
  });
}
