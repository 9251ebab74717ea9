import type pg from 'pg';
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

export interface BareSend {
  readonly messages: number;
  readonly ms: number;
  readonly per_second: number;
  readonly cpu_seconds: number;
}

/** Messages a second of firebase-admin's send() alone, in a process of its own. */
export async function bareSend(
  emulatorAddress: string,
  { messages, inFlight }: { readonly messages: number; readonly inFlight: number },
): Promise<BareSend> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, 'bare-send.ts'),
    emulatorAddress,
    String(messages),
    String(inFlight),
  ]);
  return JSON.parse(stdout) as BareSend;
}

/** Requests in the push service's ledger so far. */
export async function countRequests(ledgerFile: string): Promise<number> {
  let requests = 0;
  for await (const line of createInterface({ input: createReadStream(ledgerFile), crlfDelay: Infinity }))
    if (line !== '') requests++;
  return requests;
}

/** Seconds that a worker's messages have been in flight so far, added up: over the wall, how many were on average. */
export async function secondsInFlight(metricsAddress: string): Promise<number> {
  const text = await (await fetch(`http://${metricsAddress}/metrics`)).text();
  const sums = text.matchAll(/^scenario_push_message_duration_seconds_sum(?:\{[^}]*\})? (\S+)$/gm);
  return Array.from(sums, ([, seconds]) => Number(seconds)).reduce((sum, seconds) => sum + seconds, 0);
}

/** As if the project had been sent to for an hour: the rate has risen to the whole. */
export async function endRamp(pool: pg.Pool, projectId: string): Promise<void> {
  await pool.query(
    `insert into push_rate_limits (project_id, next_free_at, busy_since) values ($1, now(), now() - interval '1 hour')
     on conflict (project_id) do update set next_free_at = excluded.next_free_at, busy_since = excluded.busy_since`,
    [projectId],
  );
}
