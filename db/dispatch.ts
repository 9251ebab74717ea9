import { sql, type Kysely, type Transaction } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { AttemptResult, AttemptToSend, Begun, BeginRequest, SettleRequest, Settlement } from './attempts.ts';
import { INSTALLATION_IS_NEW_FOR, LEAVES_WITHIN } from '../domain/timing.ts';
import { expectMany } from './evaluation-statement.ts';
import { decideHeld } from './held.ts';
import { stillDue } from './still-due.ts';
import { HOLDER_SPACE } from './holder-session.ts';
import { all, first, must } from './run-statement.ts';
import { readSql, statement, statementFromFile, type SqlStatement } from './sql-file.ts';
import type { Database } from './tables.ts';
import { givingWay } from './transaction.ts';

type Batch = { readonly batchKey: string; readonly fence: number };

/** Who may begin and settle a batch's notifications, and who could before. */
export interface Holding {
  readonly fence: number;
  readonly previous_holder: number | null;
  readonly scenario_type: ScenarioType;
  readonly range_from: string;
  readonly range_to: string | null;
}

/** Sorts before every other id, and may be somebody's. */
const NIL = '00000000-0000-0000-0000-000000000000';

export type BegunRow = Omit<Begun, 'attempts' | 'is_holder' | 'begunAt'> & {
  readonly is_holder: boolean;
} & Partial<AttemptToSend>;
/** `of_others`: not all of it is the previous holder's; whether that one lives says nothing of the rest. */
export interface Undecided {
  readonly any: boolean;
  readonly of_others: boolean;
}

type StaleClaims = {
  readonly scenario_type: ScenarioType;
  readonly range_from: string;
  readonly range_to: string | null;
  /** Whose claims these are, in the order of their ids. */
  readonly mentors: readonly string[];
};

const become = statementFromFile<Holding>('become-holder');
const holderGone = statementFromFile<{ gone: boolean }>('is-holder-gone');
const undecided = statementFromFile<Undecided>('has-undecided');
const disown = statementFromFile<{ disowned: number }>('disown-attempts');
const holdForShare = statementFromFile('hold-for-share');
const begin = statementFromFile<BegunRow>('begin-attempts');
const learn = statementFromFile<{ invalidated: number }>('learn-outcomes');
const lockBatches = statementFromFile('lock-batches');
const forget = statementFromFile('forget-unsent');
const settleAll = statementFromFile<Settlement>('settle-claims');
/** settle-claims.sql for a few claims by their ids. */
export const SETTLE_THESE = readSql('settle-claims').replace(/-- \{\{claims\}\}\s+from scenario_claims c\b/, () =>
  readSql('these-claims'),
);
const settleThese = statement<Settlement>(SETTLE_THESE, 'settle-these-claims');
const staleClaims = statementFromFile<StaleClaims>('stale-claims');
const checkClaims = statementFromFile<{ withdrawn: number }>('check-claims');

/** Makes the caller the batch's holder; `holder`: the key of its session, if it has one. Null if it was never evaluated. */
export async function becomeHolder(
  db: Kysely<Database>,
  batchKey: string,
  holder: number | null,
): Promise<Holding | null> {
  return (await first(db, become, { batch_key: batchKey, holder })) ?? null;
}

/** Whether the session of a holder has ended. False where nobody can tell. */
export async function isHolderGone(db: Kysely<Database>, holder: number | null): Promise<boolean> {
  if (holder === null) return false;
  return must(await first(db, holderGone, { space: HOLDER_SPACE, holder })).gone;
}

/** What earlier holders have begun and not decided. */
export async function undecidedAttempts(db: Kysely<Database>, batch: Batch): Promise<Undecided> {
  return must(await first(db, undecided, { batch_key: batch.batchKey, fence: batch.fence }));
}

/** Makes unknown what earlier holders have begun and not decided. Returns how many attempts; none where the fence was lost. */
export async function disownAttempts(db: Kysely<Database>, batch: Batch & { readonly now: Date }): Promise<number> {
  const { batchKey: batch_key, fence, now } = batch;
  return givingWay(db, async (tx) => must(await first(tx, disown, { batch_key, fence, now })).disowned);
}

/**
 * Durably begins the next attempts, and withdraws what is no longer right; see begin-attempts.sql. `make`: for proof that
 * a change of it would be noticed.
 */
export async function beginAttempts(
  db: Kysely<Database>,
  request: BeginRequest,
  make: SqlStatement<BegunRow> = begin,
): Promise<Begun> {
  return whileHolding(db, request, (tx, { waitedMs }) => beginWithin(tx, request, waitedMs, make));
}

function whileHolding<T>(
  db: Kysely<Database>,
  batch: Batch,
  work: (tx: Transaction<Database>, found: { readonly isHolder: boolean; readonly waitedMs: number }) => Promise<T>,
): Promise<T> {
  return givingWay(db, async (tx, waitedMs) => work(tx, { isHolder: await holdBatch(tx, batch), waitedMs }));
}

/** See hold-for-share.sql. False where another has taken the batch over. */
async function holdBatch(tx: Transaction<Database>, batch: Batch): Promise<boolean> {
  return (await all(tx, holdForShare, { batch_key: batch.batchKey, fence: batch.fence })).length > 0;
}

async function beginWithin(
  tx: Transaction<Database>,
  asked: BeginRequest,
  waitedMs: number,
  make = begin,
): Promise<Begun> {
  const later = (time: Date) => new Date(time.getTime() + waitedMs);
  const request = {
    ...asked,
    now: later(asked.now),
    checkBefore: later(asked.checkBefore),
    // Who was kept waiting no longer knows whether the right to a probe is still theirs.
    isProbe: asked.isProbe && waitedMs < LEAVES_WITHIN,
  };
  if (!request.isProbe) return beginThose(tx, request, false, make);
  // First somebody who has not had to wait: whoever is always refused would keep the gate closed for everybody.
  const begun = await beginThose(tx, request, true, make);
  return begun.reached_user === null ? beginThose(tx, { ...request, afterUser: null }, false, make) : begun;
}

async function beginThose(
  tx: Transaction<Database>,
  request: BeginRequest,
  neverWaited: boolean,
  make: SqlStatement<BegunRow>,
): Promise<Begun> {
  const begunAt = performance.now();
  const rows = await all(tx, make, {
    batch_key: request.batchKey,
    fence: request.fence,
    messages: request.messages,
    now: request.now,
    after_user: request.afterUser ?? NIL,
    is_first: request.afterUser === null,
    check_before: request.checkBefore,
    project_id: request.projectId,
    is_probe: request.isProbe,
    never_waited: neverWaited,
  });
  const { is_holder, shut, withdrawn, reached_user } = must(rows[0]);
  const attempts = rows.filter((row): row is BegunRow & AttemptToSend => typeof row.claim_id === 'string');
  return { is_holder, shut, withdrawn, reached_user: attempts.at(-1)?.user_id ?? reached_user, attempts, begunAt };
}

/** Makes durable what requests came to; invalidates tokens that are dead. Returns how many were. */
export async function learnOutcomes(
  db: Kysely<Database>,
  results: readonly AttemptResult[],
  now: Date,
): Promise<number> {
  const column = <T>(value: (result: AttemptResult) => T) => results.map(value);
  const parameters = {
    claim_ids: column((r) => r.claim_id),
    device_ids: column((r) => r.device_id),
    attempts: column((r) => r.attempt),
    tokens: column((r) => r.token),
    outcomes: column((r) => r.outcome.status),
    retryables: column((r) => (r.outcome.status === 'rejected' ? r.outcome.retryable : r.outcome.status === 'unknown')),
    error_codes: column((r) => (r.outcome.status === 'accepted' ? null : r.outcome.code)),
    message_ids: column((r) => (r.outcome.status === 'accepted' ? r.outcome.messageId : null)),
    answered_ats: column((r) => r.answered_at.toISOString()),
    dead_tokens: column((r) => r.outcome.status === 'rejected' && r.outcome.tokenIsDead),
    now,
    new_since: new Date(now.getTime() - INSTALLATION_IS_NEW_FOR),
  };
  return givingWay(db, async (tx) => must(await first(tx, learn, parameters)).invalidated);
}

/**
 * Settles what was held although it was accepted: the answer came after another holder had given up on it. Accepted is
 * accepted, no operator need decide.
 */
export async function settleHeldThatArrived(
  db: Kysely<Database>,
  results: readonly AttemptResult[],
  now: Date,
): Promise<void> {
  const accepted = results.filter(({ outcome }) => outcome.status === 'accepted').map((each) => each.idempotency_key);
  if (accepted.length > 0) await decideHeld(db, 'settle', [...new Set(accepted)], now);
}

/** Concludes from the attempts: claims, records and log in one statement. `claims` absent = all of the batch. */
export async function settleClaims(db: Kysely<Database>, request: SettleRequest): Promise<Settlement> {
  const { claims } = request;
  const parameters = {
    batch_key: request.batchKey,
    fence: request.fence,
    now: request.now,
    unknown_delays_ms: request.unknownRetryDelaysMs,
    refused_delays_ms: request.refusedRetryDelaysMs,
    give_up_before: new Date(request.now.getTime() - request.giveUpAfterMs),
  };
  return whileHolding(db, request, async (tx) => {
    if (!claims) return must(await first(tx, settleAll, parameters));
    const claim_ids = [...new Set(claims.map((claim) => claim.claim_id))];
    return must(await first(tx, settleThese, { ...parameters, claim_ids }));
  });
}

/**
 * Learns answers and begins the next attempts in one transaction, so that an answer is durable one commit after it came, and
 * what follows it leaves in the same breath.
 */
export async function exchangeAnswers(
  db: Kysely<Database>,
  exchange: {
    readonly batchKey: string;
    readonly fence: number;
    readonly results: readonly AttemptResult[];
    readonly begin: BeginRequest | null;
    readonly now: Date;
  },
): Promise<{ readonly invalidated: number; readonly begun: Begun | null }> {
  const { results, begin: beginning, now } = exchange;
  return whileHolding(db, exchange, async (tx, { isHolder, waitedMs }) => {
    const invalidated = results.length > 0 ? await learnOutcomes(tx, results, now) : 0;
    // Another has taken the batch over. What it has held is settled by nobody else, not even by whoever comes next.
    if (!isHolder) await settleHeldThatArrived(tx, results, now);
    return { invalidated, begun: beginning ? await beginWithin(tx, beginning, waitedMs) : null };
  });
}

/** After a transaction whose answer was lost: what it began, and this holder does not know of, has never left. */
export async function forgetUnsent(
  db: Kysely<Database>,
  batch: {
    readonly batchKey: string;
    readonly fence: number;
    readonly left: readonly Pick<AttemptToSend, 'claim_id' | 'device_id'>[];
    readonly now: Date;
  },
): Promise<void> {
  await givingWay(db, async (tx) => {
    await all(tx, lockBatches, { batch_keys: [batch.batchKey] });
    await all(tx, forget, {
      batch_key: batch.batchKey,
      fence: batch.fence,
      claim_ids: batch.left.map((each) => each.claim_id),
      device_ids: batch.left.map((each) => each.device_id),
      now: batch.now,
    });
  });
}

/** Evaluates claims again that have waited since before `checkBefore`, and withdraws those that are no longer due. */
export async function checkStaleClaims(
  db: Kysely<Database>,
  batch: Batch & { readonly checkBefore: Date; readonly now: Date },
): Promise<number> {
  const times = { check_before: batch.checkBefore, now: batch.now };
  const check = async (tx: Transaction<Database>) => {
    const stale = await first(tx, staleClaims, { batch_key: batch.batchKey, ...times });
    if (!stale || !(await holdBatch(tx, batch))) return 0;
    // Of a whole range again, and not of a few claims.
    await sql`select set_config(name, reset_val, true) from pg_settings
      where name in ('plan_cache_mode', 'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_sort', 'idle_in_transaction_session_timeout')`.execute(
      tx,
    );
    await expectMany(tx);
    const range = { from: stale.range_from, to: stale.range_to };
    const due = await stillDue(tx, { scenarioType: stale.scenario_type, asOf: batch.now, range }, stale.mentors);
    const fence = { batch_key: batch.batchKey, fence: batch.fence };
    return must(await first(tx, checkClaims, { ...fence, ...due, ...times })).withdrawn;
  };
  return givingWay(db, check);
}
