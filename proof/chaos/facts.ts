import { existsSync, readFileSync } from 'node:fs';
import type pg from 'pg';
import type { LedgerEntry } from '../../local/fcm-emulator/ledger.ts';
import type { Change, Halted } from './people.ts';

export interface Claim {
  readonly id: string;
  readonly idempotency_key: string;
  readonly user_id: string;
  readonly scenario_type: string;
  readonly occurrence: string;
  readonly state: string;
  readonly release_reason: string | null;
  readonly is_withdrawn: boolean;
  readonly batch_key: string;
}
export interface Attempt {
  readonly claim_id: string;
  readonly device_id: string;
  readonly attempt: number;
  readonly outcome: string | null;
  readonly error_code: string | null;
  /** Milliseconds: before the snapshot that decided that it may begin. */
  readonly started_at: number;
}
export interface Noted {
  readonly what: 'claim' | 'begun' | 'outcome';
  readonly claim_id: string;
  readonly device_id: string | null;
  readonly attempt: number | null;
  readonly state: string | null;
  /** Milliseconds, of the commit. */
  readonly at: number;
}
export interface RecordRow {
  readonly idempotency_key: string;
  readonly user_id: string;
  readonly scenario_type: string;
  readonly occurrence: string;
  readonly delivery_status: string;
}
export interface LogRow {
  readonly idempotency_key: string;
  readonly user_id: string;
  readonly status: string;
  readonly expected_for: string | null;
}
export interface RunRow {
  readonly workflow_id: string;
  readonly scenario_type: string;
  readonly finished: boolean;
  readonly candidates: number;
  readonly suppressed: Readonly<Record<string, number>>;
  readonly claimed: number;
  readonly sent: number;
  readonly failed: number;
  readonly unknown: number;
  readonly claims_sent: number;
  readonly claims_failed: number;
  readonly claims_unknown: number;
  readonly deferred: number;
  readonly withdrawn: number;
  readonly claims_withdrawn: number;
}
export interface Device {
  readonly id: string;
  readonly user_id: string;
  readonly invalidated: boolean;
}
export interface Token {
  readonly token: string;
  readonly device_id: string;
  readonly user_id: string;
}
/** What should have been told, by the independent evaluator. */
export interface Due {
  readonly user_id: string;
  readonly scenario_type: string;
  readonly occurrence: string;
}

/** All that is known of a run when it is over: from the ledger, the database, its journal, logs and histories. */
export interface Facts {
  readonly due: readonly Due[];
  /** For whom the condition of a scenario held when all was over, told or not. */
  readonly dueAfterwards: readonly Due[];
  readonly changes: readonly Change[];
  readonly halts: readonly Halted[];
  /** A claim that is older is evaluated again. */
  readonly checkAgainAfterMs: number;
  readonly posts: readonly LedgerEntry[];
  readonly claims: readonly Claim[];
  readonly attempts: readonly Attempt[];
  readonly journal: readonly Noted[];
  readonly records: readonly RecordRow[];
  readonly log: readonly LogRow[];
  readonly runs: readonly RunRow[];
  readonly devices: readonly Device[];
  readonly tokens: readonly Token[];
  /** Texts that must not hold a token, by name. */
  readonly texts: ReadonlyMap<string, string>;
}

export function readLedger(file: string): LedgerEntry[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerEntry);
}

type FactsOfDatabase = Pick<
  Facts,
  'claims' | 'attempts' | 'journal' | 'records' | 'log' | 'runs' | 'devices' | 'tokens'
>;

export async function readDatabase(pool: pg.Pool): Promise<FactsOfDatabase> {
  const rows = async <Row>(query: string) => (await pool.query<Record<string, unknown>>(query)).rows as Row[];
  return {
    claims: await rows<Claim>(
      `select id, idempotency_key, user_id, scenario_type, occurrence, state, batch_key, release_reason,
         scenario_push.is_withdrawal(release_reason) is true as is_withdrawn
       from scenario_claims`,
    ),
    attempts: await rows<Attempt>(
      `select claim_id, device_id, attempt, outcome, error_code,
         (extract(epoch from started_at) * 1000)::float8 as started_at
       from delivery_attempts`,
    ),
    journal: await rows<Noted>(
      `select what, claim_id, device_id, attempt, state,
         floor(extract(epoch from pg_xact_commit_timestamp(xid)) * 1000)::float8 as at
       from chaos.journal order by seq`,
    ),
    records: await rows<RecordRow>(
      'select idempotency_key, user_id, scenario_type, occurrence, delivery_status from scenario_notifications',
    ),
    log: await rows<LogRow>(
      `select l.idempotency_key, l.peer_mentor_id as user_id, l.status, c.state as expected_for
       from follow_up_notification_log l
       left join lateral (
         select c.state from scenario_claims c
         where c.user_id = l.peer_mentor_id and c.scenario_rule_id = l.scenario_rule_id
           and encode(sha256(convert_to(c.user_id::text || ':' || c.scenario_rule_id::text || ':' || c.date_window, 'UTF8')), 'hex') = l.idempotency_key
         order by c.state = 'released' limit 1
       ) c on true`,
    ),
    runs: await rows<RunRow>(
      `select r.workflow_id, r.scenario_type, r.finished_at is not null as finished, r.candidates, r.suppressed, r.claimed,
         r.sent, r.failed, r.unknown, r.deferred, r.withdrawn, c.claims_sent, c.claims_failed, c.claims_unknown, c.claims_withdrawn
       from evaluation_runs r cross join lateral (
         select count(*) filter (where c.state = 'sent')::int as claims_sent,
           count(*) filter (where c.state = 'released' and scenario_push.is_withdrawal(c.release_reason) is not true)::int as claims_failed,
           count(*) filter (where c.state = 'released' and scenario_push.is_withdrawal(c.release_reason))::int as claims_withdrawn,
           count(*) filter (where c.state in ('open', 'unknown', 'held'))::int as claims_unknown
         from evaluation_batches b join scenario_claims c using (batch_key)
         where b.plan_key = r.plan_key and b.scenario_type = r.scenario_type
       ) c`,
    ),
    devices: await rows<Device>('select id, user_id, invalidated_at is not null as invalidated from device_tokens'),
    tokens: await rows<Token>('select token, device_id, user_id from chaos.tokens'),
  };
}
