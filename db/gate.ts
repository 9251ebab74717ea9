import type { Kysely } from 'kysely';
import { RAMP } from '../domain/timing.ts';
import { first, must } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';
import { givingWay } from './transaction.ts';

/** Whether a project of the push service may be sent to. */
export interface GateAnswer {
  /** `probe`: it was closed for long enough; this caller may send one message to find out. */
  readonly state: 'open' | 'probe' | 'closed' | 'halted';
  /** Milliseconds until it makes sense to ask again; 0 where it may be sent to, and while an operator has halted it. */
  readonly wait_ms: number;
  /** The code of the answer that closed it, or the note of whoever halted it. */
  readonly reason: string | null;
}

const ask = statementFromFile<GateAnswer>('ask-gate');
const close = statementFromFile<{ wait_ms: number }>('close-gate');
const open = statementFromFile('open-gate');
const waitForPlatform = statementFromFile<{ waiting: number }>('wait-for-platforms');
const reserve = statementFromFile<{ wait_ms: number }>('reserve-rate');

export async function askGate(db: Kysely<Database>, projectId: string, probeMs: number): Promise<GateAnswer> {
  return must(await first(db, ask, { project_id: projectId, probe_ms: probeMs }));
}

/** Closes a project for all workers. Returns for how many milliseconds. */
export async function closeGate(
  db: Kysely<Database>,
  closure: {
    readonly projectId: string;
    readonly reason: string;
    /** What the service asked for; null = nothing. */
    readonly askedMs: number | null;
    readonly firstPauseMs: number;
    readonly longestPauseMs: number;
    /** 0 to 1. */
    readonly jitter: number;
  },
): Promise<number> {
  const row = await first(db, close, {
    project_id: closure.projectId,
    reason: closure.reason,
    asked_ms: closure.askedMs,
    first_ms: closure.firstPauseMs,
    longest_ms: closure.longestPauseMs,
    jitter: closure.jitter,
  });
  return must(row).wait_ms;
}

/** Ends a probe: it was accepted, and the project is open for all workers, or it was not sent. */
export async function endProbe(db: Kysely<Database>, projectId: string, isOpen: boolean): Promise<void> {
  await first(db, open, { project_id: projectId, is_open: isOpen });
}

/** Puts off what only devices of platforms could get that are set aside. Returns how many notifications. */
export async function waitForPlatforms(
  db: Kysely<Database>,
  batch: { readonly batchKey: string; readonly projectId: string; readonly now: Date },
): Promise<number> {
  const parameters = { batch_key: batch.batchKey, project_id: batch.projectId, now: batch.now };
  return givingWay(db, async (tx) => must(await first(tx, waitForPlatform, parameters)).waiting);
}

/** Reserves room for `messages` in the project's rate; returns how many milliseconds to wait before sending them. */
export async function reserveRate(
  db: Kysely<Database>,
  projectId: string,
  messages: number,
  perSecond: number,
  rampMs: number = RAMP,
): Promise<number> {
  const parameters = { project_id: projectId, messages, per_second: perSecond, ramp_ms: rampMs };
  const reserved = await first(db, reserve, parameters);
  if (reserved) return reserved.wait_ms;
  await db
    .insertInto('push_rate_limits')
    .values({ project_id: projectId, next_free_at: new Date(0) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return must(await first(db, reserve, parameters)).wait_ms;
}
