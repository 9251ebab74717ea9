import type { Kysely } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { guard } from './repository-exception.ts';
import { countBatch, sumFinishedRuns } from './runs.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';
import { givingWay } from './transaction.ts';

/** A notification that may have been delivered and is not tried again until an operator decides. */
export interface HeldNotification {
  readonly idempotency_key: string;
  readonly user_id: string;
  readonly scenario_type: ScenarioType;
  readonly occurrence: string;
  readonly triggered_at: Date;
  readonly dispatched_at: Date | null;
  readonly held_at: Date;
  readonly on_unknown: 'resend' | 'hold';
  readonly attempts: number;
  readonly last_attempt_at: Date | null;
  readonly error_codes: readonly string[];
}

/** Null = any. */
export interface WhichHeld {
  readonly scenarioTypes: readonly ScenarioType[] | null;
  /** Held at or after this instant. */
  readonly since: Date | null;
  /** Held at or before this instant. */
  readonly until: Date | null;
}

/** With what the page before ended. */
export interface HeldPlace {
  readonly heldAt: Date;
  readonly idempotencyKey: string;
}

/** What a key, or the beginning of one, stands for. */
export interface FoundClaim {
  readonly prefix: string;
  readonly idempotency_key: string;
  readonly user_id: string;
  readonly scenario_type: ScenarioType;
  readonly occurrence: string;
  readonly state: 'open' | 'unknown' | 'sent' | 'held' | 'released';
  readonly release_reason: string | null;
  readonly settled_at: Date | null;
}

export interface DecidedNotification {
  readonly idempotency_key: string;
  readonly scenario_type: ScenarioType;
}

type Decided = DecidedNotification & { readonly batch_key: string };

const list = statementFromFile<HeldNotification & { total: number }>('list-held');
const find = statementFromFile<FoundClaim>('find-claims');
const decisions = {
  settle: statementFromFile<Decided>('settle-held'),
  release: statementFromFile<Decided>('release-held'),
};

export type Decision = keyof typeof decisions;

const ANY: WhichHeld = { scenarioTypes: null, since: null, until: null };

/** The oldest first, `most` at most. */
export async function listHeld(db: Kysely<Database>, most: number, which = ANY): Promise<HeldNotification[]> {
  return (await pageOfHeld(db, most, which)).held;
}

/** As {@link listHeld}; `total` counts those that are left out as well. `after`: @default from the oldest */
export async function pageOfHeld(
  db: Kysely<Database>,
  most: number,
  { scenarioTypes, since, until }: WhichHeld,
  after: HeldPlace | null = null,
): Promise<{ held: HeldNotification[]; total: number }> {
  const rows = await guard('listHeld', () =>
    all(db, list, {
      scenario_types: scenarioTypes,
      since,
      until,
      after_at: after?.heldAt ?? null,
      after_key: after?.idempotencyKey ?? null,
      most,
    }),
  );
  return { held: rows.map(({ total: _, ...held }) => held), total: rows[0]?.total ?? 0 };
}

/** A decision that an operator wrote a note to. */
export interface NotedDecision {
  readonly idempotency_key: string;
  readonly user_id: string;
  readonly scenario_type: ScenarioType;
  readonly occurrence: string;
  readonly state: 'sent' | 'released';
  readonly decided_at: Date;
  readonly note: string;
}

/** The latest first, `most` at most. */
export async function notedDecisions(db: Kysely<Database>, most: number): Promise<NotedDecision[]> {
  return guard('notedDecisions', () =>
    db
      .selectFrom('scenario_claims')
      .select(['idempotency_key', 'user_id', 'scenario_type', 'occurrence', 'state'])
      .select(['settled_at as decided_at', 'decision_note as note'])
      .where('decision_note', 'is not', null)
      .where('settled_at', 'is not', null)
      .orderBy('settled_at', 'desc')
      .orderBy('idempotency_key')
      .limit(most)
      .$castTo<NotedDecision>()
      .execute(),
  );
}

/** What begins with these prefixes: of each those that are held, else what became of it. */
export async function findClaims(db: Kysely<Database>, prefixes: readonly string[]): Promise<FoundClaim[]> {
  return guard('findClaims', () => all(db, find, { prefixes }));
}

/**
 * `settle`: it arrived, the record becomes `sent`. `release`: it did not, the record goes and the next evaluation may
 * send it. `note`: why, in the operator's words. Returns the keys that were held; the others are left alone.
 */
export async function decideHeld(
  db: Kysely<Database>,
  decision: Decision,
  idempotencyKeys: readonly string[],
  now: Date,
  note: string | null = null,
): Promise<string[]> {
  const decided = await decide(db, decision, { ...ANY, idempotencyKeys }, now, note);
  return decided.map((row) => row.idempotency_key);
}

/** As {@link decideHeld}, for all that are held and of the kind. */
export async function decideHeldInBulk(
  db: Kysely<Database>,
  decision: Decision,
  which: WhichHeld,
  now: Date,
  note: string | null = null,
): Promise<DecidedNotification[]> {
  return decide(db, decision, { ...which, idempotencyKeys: null }, now, note);
}

async function decide(
  db: Kysely<Database>,
  decision: Decision,
  which: WhichHeld & { readonly idempotencyKeys: readonly string[] | null },
  now: Date,
  note: string | null,
): Promise<Decided[]> {
  return guard(`${decision}Held`, () =>
    givingWay(db, async (tx) => {
      const decided = await all(tx, decisions[decision], {
        idempotency_keys: which.idempotencyKeys,
        scenario_types: which.scenarioTypes,
        since: which.since,
        until: which.until,
        now,
        note,
      });
      const batchKeys = [...new Set(decided.map((row) => row.batch_key))].sort();
      for (const batchKey of batchKeys) await countBatch(tx, batchKey, now);
      if (batchKeys.length > 0) await sumFinishedRuns(tx, batchKeys);
      return decided;
    }),
  );
}
