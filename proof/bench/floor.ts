import type pg from 'pg';
import { DISPATCH_DEFAULTS } from '../../activities/dependencies.ts';
import { blockOf } from '../../activities/send-rate.ts';
import type { AttemptResult } from '../../db/attempts.ts';
import type { ScenarioRepository } from '../../db/scenario-repository.ts';
import type { MentorRange } from '../../domain/mentor-range.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { FEW } from '../../push/send-window.ts';
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
const PROJECT = 'floor';
/** Messages an exchange: as many as a worker has in flight where answers come at once. */
const WINDOW = FEW;

/**
 * What the database alone needs for a sweep: the statements that the service sends for these batches, with literals for
 * parameters, run by psql; every answer of the push service is "accepted", and none is waited for. Each exchange learns
 * all that the one before began; a batch is settled at the end of a pass.
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
  const scripts = await Promise.all(batches.map((batch) => scriptsOf(batch, now)));
  const planning = await planningScript(batches, now);
  const counting = await scriptFor('counting', (r) => r.sumRun({ ...SWEEP, end: { at: now, state: 'finished' } }));
  const all = Array.from({ length: Math.min(sessions, batches.length) }, () => new PsqlSession(psql, databaseUrl));
  try {
    const [begun, cpuBefore] = [performance.now(), cpuSecondsOf([postgresPid])];
    await all[0]!.run(planning);
    const queue = scripts.values();
    await Promise.all(
      all.map(async (session) => {
        for (const each of queue) await runBatch(session, each);
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
export interface BatchScripts {
  readonly evaluate: string;
  /** Null where nothing was claimed. */
  readonly dispatch: {
    /** Becoming the batch's holder. */
    readonly hold: string;
    readonly reserve: string;
    /** The first exchange of a pass: nothing has been answered yet. Says how many messages it has begun. */
    readonly begin: string;
    /** Learns what the one before began, and begins what follows. Says how many messages it has begun. */
    readonly exchange: string;
    readonly settle: string;
    readonly conclude: string;
  } | null;
}

export async function scriptsOf(batch: SweptBatch, now: Date): Promise<BatchScripts> {
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
      lateness: 'report',
    }),
  );
  return { evaluate, dispatch: batch.claimed === 0 ? null : await dispatchScripts(batchKey, now) };
}

async function dispatchScripts(batchKey: string, now: Date): Promise<NonNullable<BatchScripts['dispatch']>> {
  const { unknownRetryDelaysMs, refusedRetryDelaysMs, giveUpAfterMs, checkAgainAfterMs } = DISPATCH_DEFAULTS;
  const settle = { batchKey, fence: 1, now, unknownRetryDelaysMs, refusedRetryDelaysMs, giveUpAfterMs };
  const checkBefore = new Date(now.getTime() - checkAgainAfterMs);
  const next = { batchKey, fence: 1, messages: WINDOW, now, checkBefore, projectId: PROJECT, isProbe: false };
  const { messagesPerSecond } = DISPATCH_DEFAULTS;
  const batch = { batchKey, fence: 1, now };
  const exchange = await exchangeScript({
    ...batch,
    results: [accepted(now)],
    begin: { ...next, afterUser: variable('last_user') },
  });
  return {
    hold: await scriptFor('begin', async (r) => {
      await r.becomeHolder(batchKey, null);
      await r.undecidedAttempts({ batchKey, fence: 1 });
      await r.checkStaleClaims({ batchKey, fence: 1, checkBefore, now });
      await r.countBatch(batchKey, now);
    }),
    reserve: await scriptFor('begin', (r) => r.reserveRate(PROJECT, blockOf(messagesPerSecond), messagesPerSecond)),
    begin: (await exchangeScript({ ...batch, results: [], begin: { ...next, afterUser: null } }, exchange.repeated))
      .script,
    exchange: exchange.script,
    settle: await scriptFor('settle', (r) => r.settleClaims(settle)),
    conclude: await scriptFor('settle', async (r) => {
      await r.countBatch(batchKey, now);
      await r.sumFinishedRuns([batchKey]);
    }),
  };
}

/** As the pump does: to the end of a pass, and from the beginning again until nothing is left. */
async function runBatch(session: PsqlSession, { evaluate, dispatch }: BatchScripts): Promise<void> {
  await session.run(evaluate);
  if (!dispatch) return;
  await session.run(dispatch.hold);
  const block = blockOf(DISPATCH_DEFAULTS.messagesPerSecond);
  let reserved = 0;
  for (let begun = await session.run(dispatch.begin); begun > 0; begun = await session.run(dispatch.begin)) {
    while (begun > 0) {
      if (reserved <= 0) {
        await session.run(dispatch.reserve);
        reserved += block;
      }
      reserved -= begun;
      begun = await session.run(dispatch.exchange);
    }
    await session.run(dispatch.settle);
  }
  await session.run(dispatch.conclude);
}

/** What the statements after it need of what was begun, each in a psql variable. */
const BEGUN = {
  messages: 'count(claim_id)',
  claim_ids: 'array_agg(claim_id)',
  device_ids: 'array_agg(device_id)',
  attempts: 'array_agg(attempt)',
  tokens: 'array_agg(token)',
  keys: 'array_agg(idempotency_key)',
  message_ids: `array_agg('projects/bench/messages/' || device_id)`,
  user_ids: 'array_agg(user_id)',
  last_user: 'max(user_id::text)',
};

type Exchange = Parameters<ScenarioRepository['exchangeAnswers']>[0];

/** One transaction. Its commit makes answers durable, so it counts with learning. */
async function exchangeScript(
  exchange: Exchange,
  repeated: Repeated = new Map(),
): Promise<{ readonly script: string; readonly repeated: Repeated }> {
  const beginning = new Set((await recordStatements((r) => r.beginAttempts(exchange.begin!))).map(({ sql }) => sql));
  const statements = await recordStatements((r) => r.exchangeAnswers(exchange));
  const main = statements.findLastIndex(({ sql }) => beginning.has(sql) && sql.includes('delivery_attempts'));
  // What stands for a whole page is known once the others are written out.
  const others = statements.map((each, i) => (i === main ? '' : `${bare(each, repeated)};`));
  const phaseOf = (sql: string): FloorPhase => (sql === 'commit' || !beginning.has(sql) ? 'learn' : 'begin');
  const script = statements.flatMap((each, i) => [
    `\\echo @${phaseOf(each.sql)}`,
    i === main ? `${folded(bare(each), BEGUN, repeated)} \\gset` : others[i]!,
  ]);
  return { script: [...script, `\\echo =:messages`].join('\n'), repeated };
}

/** One answer, for as many as were begun. */
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
