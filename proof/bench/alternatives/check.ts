import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type pg from 'pg';
import type { LedgerEntry } from '../../../local/fcm-emulator/emulator.ts';
import type { Expected } from './expected.ts';

/** What a sweep came to, held against what is due. All counts but the first two are 0 where nothing went wrong and nothing was killed. */
export interface Check {
  readonly agrees: boolean;
  /** Different notifications that reached a device, and records of the run. */
  readonly sent: number;
  readonly records: number;
  /** Notifications that reached one device more than once. */
  readonly sent_twice: number;
  /** Due, on no device, and not held. */
  readonly missed: number;
  /** Sent no more, and left to a person, because nobody knows whether they arrived. Only the service does that. */
  readonly held: number;
  /** Of which it wrote down itself that a request may have arrived. Only the service does that. */
  readonly marked_unknown: number;
  /** On a device, or asked for, and not due. */
  readonly not_due: number;
  /** On a device and without a record; or recorded as sent and on no device, or of another mentor, type or occurrence. */
  readonly without_record: number;
  readonly wrong_records: number;
  /** Lines for coordinators too many or too few: delivered, failed, skipped. */
  readonly wrong_log_lines: number;
}

/** The ledger of the push service and the tables of a run, against the evaluator. */
export async function check(pool: pg.Pool, ledgerFile: string, asOf: Date, expected: Expected): Promise<Check> {
  const { due, reachable } = expected;
  const { asked, delivered, twice } = await readLedger(ledgerFile);
  const records = await recordsOf(pool, asOf);
  const recorded = new Set(records.map(({ key }) => key));
  const held = await keysOf(pool, `select idempotency_key as key from scenario_claims where state = 'held'`);
  const unknown = await keysOf(
    pool,
    `select distinct c.idempotency_key as key from delivery_attempts a join scenario_claims c on c.id = a.claim_id where a.outcome = 'unknown'`,
  );
  const counts = {
    sent_twice: twice.size,
    missed: [...reachable].filter((key) => !delivered.has(key) && !held.has(key)).length,
    held: held.size,
    marked_unknown: unknown.size,
    not_due: [...asked].filter((key) => !due.has(key)).length,
    without_record: [...delivered].filter((key) => !recorded.has(key)).length,
    wrong_records: records.filter(
      ({ key, what, status }) => due.get(key) !== what || (status === 'sent' && !delivered.has(key)),
    ).length,
    wrong_log_lines: await wrongLogLines(pool, expected),
  };
  return {
    agrees: Object.values(counts).every((count) => count === 0),
    sent: delivered.size,
    records: records.length,
    ...counts,
  };
}

async function readLedger(file: string): Promise<Record<'asked' | 'delivered' | 'twice', Set<string>>> {
  const ledger = { asked: new Set<string>(), delivered: new Set<string>(), twice: new Set<string>() };
  const devices = new Set<string>();
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (line === '') continue;
    const { notification_id, token, delivered } = JSON.parse(line) as LedgerEntry;
    const key = notification_id!;
    ledger.asked.add(key);
    if (!delivered) continue;
    ledger.delivered.add(key);
    if (devices.has(`${key} ${token}`)) ledger.twice.add(key);
    devices.add(`${key} ${token}`);
  }
  return ledger;
}

async function recordsOf(pool: pg.Pool, asOf: Date): Promise<{ key: string; what: string; status: string }[]> {
  const { rows } = await pool.query<{ key: string; what: string; status: string }>(
    `select idempotency_key as key, concat_ws(' ', user_id, scenario_type, occurrence) as what, delivery_status as status
     from scenario_notifications where triggered_at = $1`,
    [asOf],
  );
  return rows;
}

async function keysOf(pool: pg.Pool, query: string): Promise<Set<string>> {
  return new Set((await pool.query<{ key: string }>(query)).rows.map(({ key }) => key));
}

async function wrongLogLines(pool: pg.Pool, { due, reachable, withoutDevice }: Expected): Promise<number> {
  const { rows } = await pool.query<{ status: string; lines: number }>(
    'select status, count(*)::int as lines from follow_up_notification_log group by 1',
  );
  const lines = new Map(rows.map((row) => [row.status, row.lines]));
  const expected = { delivered: reachable.size, failed: due.size - reachable.size, skipped: withoutDevice };
  return Object.entries(expected).reduce((sum, [status, n]) => sum + Math.abs(n - (lines.get(status) ?? 0)), 0);
}
