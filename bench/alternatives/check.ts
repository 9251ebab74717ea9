import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type pg from 'pg';
import type { LedgerEntry } from '../../local/fcm-emulator/emulator.ts';
import type { Expected } from './expected.ts';

/** What a sweep came to, held against what is due. All counts but the first two must be 0 where nothing was killed. */
export interface Check {
  readonly agrees: boolean;
  /** Different notifications that reached a device, and records of them. */
  readonly sent: number;
  readonly records: number;
  /** Due, and never asked of the push service. */
  readonly missed: number;
  /** Asked of the push service, and not due. */
  readonly not_due: number;
  /** Notifications that reached one device more than once. */
  readonly sent_twice: number;
  /** Records that are missing, not due, or of another mentor, type or occurrence. */
  readonly wrong_records: number;
  /** Lines for coordinators too many or too few: delivered, failed, skipped. */
  readonly wrong_log_lines: number;
}

/** The ledger of the push service and the tables of a run, against the evaluator. */
export async function check(pool: pg.Pool, ledgerFile: string, asOf: Date, expected: Expected): Promise<Check> {
  const { due, reachable, withoutDevice } = expected;
  const asked = new Set<string>();
  const delivered = new Map<string, number>();
  for await (const line of createInterface({ input: createReadStream(ledgerFile), crlfDelay: Infinity })) {
    if (line === '') continue;
    const entry = JSON.parse(line) as LedgerEntry;
    asked.add(entry.notification_id!);
    if (entry.delivered) delivered.set(`${entry.notification_id} ${entry.token}`, (delivered.get(`${entry.notification_id} ${entry.token}`) ?? 0) + 1);
  }
  const twice = new Set([...delivered].filter(([, times]) => times > 1).map(([one]) => one.split(' ')[0]!));
  const { rows: records } = await pool.query<{ key: string; what: string }>(
    `select idempotency_key as key, concat_ws(' ', user_id, scenario_type, occurrence) as what from scenario_notifications where triggered_at = $1`,
    [asOf],
  );
  const { rows: log } = await pool.query<{ status: string; lines: number }>('select status, count(*)::int as lines from follow_up_notification_log group by 1');
  const lines = new Map(log.map(({ status, lines }) => [status, lines]));
  const expectedLines = { delivered: reachable.size, failed: due.size - reachable.size, skipped: withoutDevice };

  const recorded = new Set(records.map(({ key }) => key));
  const counts = {
    missed: [...due.keys()].filter((key) => !asked.has(key)).length,
    not_due: [...asked].filter((key) => !due.has(key)).length,
    sent_twice: twice.size,
    wrong_records:
      [...reachable].filter((key) => !recorded.has(key)).length +
      records.filter(({ key, what }) => !reachable.has(key) || due.get(key) !== what).length,
    wrong_log_lines: Object.entries(expectedLines).reduce((sum, [status, lines_]) => sum + Math.abs(lines_ - (lines.get(status) ?? 0)), 0),
  };
  return {
    agrees: Object.values(counts).every((count) => count === 0),
    sent: new Set([...delivered.keys()].map((one) => one.split(' ')[0])).size,
    records: records.length,
    ...counts,
  };
}
