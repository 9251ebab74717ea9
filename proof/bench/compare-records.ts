import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type pg from 'pg';
import type { LedgerEntry } from '../../local/fcm-emulator/emulator.ts';

export interface Agreement {
  readonly agrees: boolean;
  /** Requests that the push service got, and those of them that reached a device. */
  readonly requests: number;
  readonly deliveries: number;
  /** Different notifications among the deliveries. */
  readonly notifications: number;
  readonly records: number;
  /** What the sweeps say was sent. */
  readonly sent: number;
  /** Each of these must be 0: delivered to one device more than once; delivered and not recorded; recorded and not delivered. */
  readonly repeated: number;
  readonly without_record: number;
  readonly without_delivery: number;
}

/** Holds the service's records of the run against the push service's own ledger. */
export async function compareRecords(
  pool: pg.Pool,
  { ledgerFile, since, sent }: { ledgerFile: string; since: Date; sent: number },
): Promise<Agreement> {
  let requests = 0;
  let deliveries = 0;
  const devices = new Set<string>();
  const delivered = new Set<string>();
  for await (const line of createInterface({ input: createReadStream(ledgerFile), crlfDelay: Infinity })) {
    if (line === '') continue;
    const entry = JSON.parse(line) as LedgerEntry;
    requests++;
    if (!entry.delivered) continue;
    deliveries++;
    devices.add(`${entry.token} ${entry.notification_id}`);
    delivered.add(entry.notification_id!);
  }
  const { rows } = await pool.query<{ idempotency_key: string }>(
    'select idempotency_key from scenario_notifications where created_at >= $1',
    [since],
  );
  const recorded = new Set(rows.map((row) => row.idempotency_key));
  const counts = {
    requests,
    deliveries,
    notifications: delivered.size,
    records: recorded.size,
    sent,
    repeated: deliveries - devices.size,
    without_record: missing(delivered, recorded),
    without_delivery: missing(recorded, delivered),
  };
  const agrees = counts.repeated + counts.without_record + counts.without_delivery === 0 && sent === counts.records;
  return { agrees, ...counts };
}

/** How many are in the one and not in the other. */
function missing(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  return [...one].filter((key) => !other.has(key)).length;
}
