import type pg from 'pg';
import { DISPATCH_DEFAULTS } from '../../activities/dependencies.ts';
import type { AttemptResult } from '../../db/attempts.ts';
import { MAX_UNKNOWN_ATTEMPTS } from '../../domain/durations.ts';
import type { MentorRange } from '../../domain/mentor-range.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { bare, folded, variable, type Repeated } from './psql-script.ts';
import { cpuSecondsOf } from './process-usage.ts';
import { PsqlSession } from './psql-session.ts';
import { recordStatements } from './record-statements.ts';

/** A batch that a sweep of the same audience ran. */
export interface SweptBatch {
  readonly batch_key: string;
  readonly plan_key: string;
  readonly scenario_type: ScenarioType;
  readonly as_of: Date;
  readonly range: MentorRange;
  readonly claimed: number;
}

export interface Floor {
  readonly psql: string;
  readonly sessions: number;
  readonly wall_ms: number;
  /** Added up over all sessions, as psql saw it. */
  readonly busy_ms: Readonly<Record<FloorPhase, number>>;
  readonly statements: number;
  /** PostgreSQL's processor time: what other programs of the machine change least. Null where /proc does not tell. */
  readonly postgres_cpu_seconds: number | null;
  readonly claimed: number;
  readonly recorded: number;
}

export const FLOOR_PHASES = ['planning', 'evaluate', 'begin', 'learn', 'settle', 'counting'] as const;
export type FloorPhase = (typeof FLOOR_PHASES)[number];

const SWEEP = { workflowId: 'floor', firstRunId: 'floor' };
const { pageSize, giveUpAfterMs, messagesPerSecond } = DISPATCH_DEFAULTS;

/**
 * What the database alone needs for a sweep: the statements that the service sends for these batches, with literals for
 * parameters, run by psql; every answer of the push service is "accepted", and none is waited for.
 */
export async function measureFloor(
  pool: pg.Pool,
  {
    psql,
    databaseUrl,
    postgresPid,
    batches,
    sessions,
  }: { psql: string; databaseUrl: string; postgresPid: number; batches: readonly SweptBatch[]; sessions: number },
): Promise<Floor> {
  const now = new Date();
  const scripts = await Promise.all(batches.map((batch) => scriptOf(batch, now)));
  const planning = await planningScript(batches, now);
  const counting = await scriptFor('counting', (r) => r.countRun({ ...SWEEP, finishedAt: now }));
  const all = Array.from({ length: Math.min(sessions, batches.length) }, () => new PsqlSession(psql, databaseUrl));
  try {
    const [begun, cpuBefore] = [performance.now(), cpuSecondsOf([postgresPid])];
    await all[0]!.run(planning);
    const queue = scripts.values();
    await Promise.all(
      all.map(async (session) => {
        for (const script of queue) await session.run(script);
      }),
    );
    await all[0]!.run(counting);
    const wall_ms = Math.round(performance.now() - begun);
    const cpu = cpuSecondsOf([postgresPid]);
    const postgres_cpu_seconds = cpu === null || cpuBefore === null ? null : Math.round((cpu - cpuBefore) * 100) / 100;
    return {
      postgres_cpu_seconds,
      psql,
      sessions: all.length,
      wall_ms,
      ...times(all),
      ...(await outcome(pool, batches)),
    };
  } finally {
    await Promise.all(all.map((session) => session.end()));
  }
}

async function planningScript(batches: readonly SweptBatch[], now: Date): Promise<string> {
  const { plan_key: planKey, as_of: asOf } = batches[0]!;
  const types = [...new Set(batches.map((batch) => batch.scenario_type))];
  return scriptFor('planning', async (repository) => {
    await repository.countMentors();
    for (const scenarioType of types) await repository.startRun({ ...SWEEP, scenarioType, planKey, asOf, now });
  });
}

/** A batch as psql runs it. */
export async function scriptOf(batch: SweptBatch, now: Date): Promise<string> {
  const { batch_key: batchKey } = batch;
  const evaluate = await scriptFor('evaluate', (r) =>
    r.evaluateAndClaim({
      batchKey,
      planKey: batch.plan_key,
      workflowId: 'floor',
      runId: '',
      scenarioType: batch.scenario_type,
      asOf: batch.as_of,
      now,
      range: batch.range,
    }),
  );
  if (batch.claimed === 0) return evaluate;
  const settlement = {
    batchKey,
    fence: 1,
    now,
    maxAttempts: MAX_UNKNOWN_ATTEMPTS,
    giveUpBefore: new Date(now.getTime() - giveUpAfterMs),
  };
  const repeated: Repeated = new Map();
  const learn = await scriptFor('learn', (r) => r.learnOutcomes([accepted(now)], now), repeated);
  const settle = await scriptFor('settle', (r) => r.settleClaims({ ...settlement, claims: [accepted(now)] }), repeated);
  const begin = await beginScript({ batchKey, now }, repeated);
  const beginNext = await beginScript({ batchKey, now, fromUser: variable('last_user') }, repeated);
  const rate = await scriptFor('begin', (r) => r.reserveRate('floor', pageSize, messagesPerSecond));
  const pages = Array.from({ length: Math.ceil(batch.claimed / pageSize) }, (_, page) =>
    [page === 0 ? begin : beginNext, rate, learn, settle].join('\n'),
  );
  return [
    evaluate,
    await scriptFor('begin', (r) => r.raiseFence(batchKey)),
    ...pages,
    beginNext, // which finds nothing more
    await scriptFor('settle', async (r) => {
      await r.settleClaims(settlement);
      await r.deliveryCounts(batchKey);
      await r.recountRuns([batchKey]);
    }),
  ].join('\n');
}

/** What the statements after it need of a page, each in a psql variable. */
const OF_PAGE = {
  claim_ids: 'array_agg(claim_id)',
  device_ids: 'array_agg(device_id)',
  attempts: 'array_agg(attempt)',
  tokens: 'array_agg(token)',
  keys: 'array_agg(idempotency_key)',
  message_ids: `array_agg('projects/bench/messages/' || device_id)`,
  user_ids: 'array_agg(distinct user_id)',
  last_user: 'max(user_id::text)',
};

async function beginScript(
  page: { batchKey: string; now: Date; fromUser?: string },
  repeated: Repeated,
): Promise<string> {
  const statements = await recordStatements((r) => r.beginAttempts({ ...page, fence: 1, pageSize }));
  const main = statements.findIndex(({ sql }) => /^\s*(--[^\n]*\n\s*)*with\b/i.test(sql));
  return [
    '\\echo @begin',
    ...statements.map((each, i) => (i === main ? `${folded(bare(each), OF_PAGE, repeated)} \\gset` : `${bare(each)};`)),
  ].join('\n');
}

/** One answer, for as many as the page has. */
function accepted(now: Date): AttemptResult {
  return {
    claim_id: variable('claim_ids'),
    device_id: variable('device_ids'),
    attempt: variable('attempts') as unknown as number,
    token: variable('tokens'),
    idempotency_key: variable('keys'),
    user_id: variable('user_ids'),
    outcome: { status: 'accepted', messageId: variable('message_ids') },
    answered_at: now,
  } as unknown as AttemptResult;
}

async function scriptFor(
  phase: FloorPhase,
  call: Parameters<typeof recordStatements>[0],
  repeated?: Repeated,
): Promise<string> {
  const statements = await recordStatements(call);
  return [`\\echo @${phase}`, ...statements.map((each) => `${bare(each, repeated)};`)].join('\n');
}

function times(sessions: readonly PsqlSession[]): Pick<Floor, 'busy_ms' | 'statements'> {
  const of = (phase: FloorPhase) =>
    Math.round(sessions.reduce((sum, { times: its }) => sum + (its.get(phase)?.ms ?? 0), 0));
  return {
    busy_ms: Object.fromEntries(FLOOR_PHASES.map((phase) => [phase, of(phase)])) as Record<FloorPhase, number>,
    statements: sessions.reduce(
      (sum, { times: its }) => sum + [...its.values()].reduce((n, { calls }) => n + calls, 0),
      0,
    ),
  };
}

async function outcome(pool: pg.Pool, batches: readonly SweptBatch[]): Promise<Pick<Floor, 'claimed' | 'recorded'>> {
  const { rows } = await pool.query<{ claimed: number; recorded: number }>(
    `select count(*)::int as claimed, count(n.id)::int as recorded
     from scenario_claims c left join scenario_notifications n on n.idempotency_key = c.idempotency_key
     where c.batch_key = any ($1)`,
    [batches.map((batch) => batch.batch_key)],
  );
  return rows[0]!;
}

/** The batches of a sweep, in the order in which they were evaluated. */
export async function batchesOf(pool: pg.Pool, asOf: Date): Promise<SweptBatch[]> {
  const { rows } = await pool.query<Omit<SweptBatch, 'range'> & { range_from: string; range_to: string | null }>(
    'select batch_key, plan_key, scenario_type, as_of, range_from, range_to, claimed from evaluation_batches where as_of = $1 order by evaluated_at, batch_key',
    [asOf],
  );
  return rows.map(({ range_from: from, range_to: to, ...batch }) => ({ ...batch, range: { from, to } }));
}
