import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import type pg from 'pg';
import { CHECK_AGAIN_AFTER } from '../../domain/timing.ts';
import { workerEnvironment } from '../support/servers.ts';
import { textsOf, untilNothingRuns, untilSettled, whoIsDue } from './aftermath.ts';
import { loadAudience } from './audience.ts';
import { check, type Verdict, type Violation } from './check.ts';
import type { Children } from './children.ts';
import { Emulator } from './emulator.ts';
import { readDatabase, readLedger } from './facts.ts';
import { Fleet } from './fleet.ts';
import type { RunPlan } from './plan.ts';
import type { SabotageName } from './sabotage/names.ts';
import { SETTINGS_VARIABLE, TIMES, type WorkerSettings } from './settings.ts';
import type { Stack } from './stack.ts';
import { Strikes } from './strike.ts';
import { settleStranded, startSweeps, untilEnded, type Started } from './sweeps.ts';
import { count, type Tally } from './tally.ts';

export interface RunResult extends Verdict {
  readonly plan: RunPlan;
  readonly tally: Tally;
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** What a run may take, from the first sweep to the last claim. */
const WITHIN_MS = { short: 180_000, product: 600_000 };

/** One whole run: audience, workers, sweeps, faults, and what came of it. */
export async function runOnce(
  plan: RunPlan,
  stack: Stack,
  children: Children,
  sabotage: SabotageName | null,
): Promise<RunResult> {
  const started = performance.now();
  const database = `chaos_${plan.seed}`;
  const folder = join(stack.folder, `run-${plan.seed}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tally: Tally = {};
  const asOf = new Date();
  await stack.dropDatabase(database);
  const { pool, throughProxy } = await stack.createDatabase(database);
  const emulator = await Emulator.start({
    folder,
    latencyMs: plan.latencyMs,
    seed: plan.seed,
    rates: plan.rates,
    children,
  });
  const settings: WorkerSettings = {
    folder,
    times: TIMES[plan.timing],
    points: plan.points,
    concurrency: plan.concurrency,
    latencyMs: plan.latencyMs,
    sabotage,
  };
  const settingsFile = join(folder, 'settings.json');
  writeFileSync(settingsFile, JSON.stringify(settings));
  const fleet = new Fleet(plan.workers, {
    folder,
    children,
    points: plan.points,
    tally,
    env: {
      ...workerEnvironment(env, {
        databaseUrl: throughProxy,
        temporal: stack.temporalAddress,
        emulator: emulator.address,
      }),
      DATABASE_CONNECTIONS: '12',
      WORKER_GRACE_SECONDS: '1',
      FCM_MESSAGES_PER_SECOND: undefined,
      [SETTINGS_VARIABLE]: settingsFile,
    },
  });
  try {
    await loadAudience(pool, { seed: plan.seed, asOf, policy: plan.policy });
    const due = await whoIsDue(pool, asOf, 'to be told');
    const impatient = await askForPatience(pool, emulator, plan);
    await fleet.untilReady();
    const deadline = performance.now() + WITHIN_MS[plan.timing];
    const sweeps = await startSweeps(stack.client, plan, asOf, tally);
    const strikes = new Strikes(plan, { stack, fleet, emulator, pool, database, tally });
    const troubles = await untilAllEnded(sweeps, tally, deadline);
    await strikes.end();
    await fleet.untilThawed();
    await untilSettled(pool, deadline, async () => {
      if (tally['batch terminated'] === undefined) return;
      await settleStranded(stack.client);
    });
    await untilNothingRuns(stack.client, deadline);
    await fleet.stop();
    const posts = readLedger(emulator.ledgerFile);
    const texts = await textsOf(stack.client, pool, {
      logFiles: fleet.logFiles(),
      sweeps: sweeps.map(({ handle }) => handle.workflowId),
    });
    const verdict = check(
      {
        due,
        dueAfterwards: await whoIsDue(pool, asOf, 'told or not'),
        changes: strikes.changes,
        halts: strikes.halts,
        checkAgainAfterMs: settings.times.checkAgainAfterMs ?? CHECK_AGAIN_AFTER,
        posts,
        texts,
        ...(await readDatabase(pool)),
      },
      plan.policy,
    );
    for (const [answer, answered] of Map.groupBy(posts, (post) =>
      impatient.has(post.token) && post.answer === 'quota' ? 'quota with Retry-After' : post.answer,
    )) {
      if (answer !== 'accepted') count(tally, `push service: ${answer}`, answered.length);
    }
    return {
      ...verdict,
      violations: [...troubles, ...verdict.violations],
      plan,
      tally,
      seconds: (performance.now() - started) / 1_000,
      notes: [...strikes.notes, ...fleet.unexpected],
    };
  } finally {
    stack.proxy.calm();
    await fleet.stop();
    await emulator.stop();
    await pool.end();
    await endLeftovers(stack);
  }
}

/** Databases and logs of runs that went well are of no interest. */
export async function forgetRun({ plan }: RunResult, stack: Stack): Promise<void> {
  await stack.dropDatabase(`chaos_${plan.seed}`);
  rmSync(join(stack.folder, `run-${plan.seed}`), { recursive: true, force: true });
}

/** The devices to which the push service says once: not now, in a second. */
async function askForPatience(pool: pg.Pool, emulator: Emulator, plan: RunPlan): Promise<Set<string>> {
  const { rows } = await pool.query<{ token: string }>('select token from device_tokens order by token limit $1', [
    plan.quotaWithRetryAfter,
  ]);
  for (const { token } of rows) await emulator.script(token, { answer: 'quota', retry_after: 1 });
  return new Set(rows.map(({ token }) => token));
}

/** A sweep of which a batch was ended by force is started again, as its error says. */
async function untilAllEnded(sweeps: Started[], tally: Tally, deadline: number): Promise<Violation[]> {
  const troubles: Violation[] = [];
  for (const sweep of sweeps) {
    const end = await untilEnded(sweep, deadline);
    if (end === null) continue;
    const byForce = tally['batch terminated'] !== undefined && end.startsWith('FAILED');
    if (byForce && sweep.again && sweeps.length < 8) sweeps.push(await sweep.again());
    else if (!byForce)
      troubles.push({
        rule: end === 'STUCK' ? 'sweep did not end' : 'sweep failed',
        detail: `${sweep.handle.workflowId} ${end}`,
      });
  }
  return troubles;
}

/** What a failed run left running would disturb the next. */
async function endLeftovers({ client }: Stack): Promise<void> {
  for await (const { workflowId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` })) {
    if (workflowId.startsWith('temporal-sys')) continue;
    await client.workflow
      .getHandle(workflowId)
      .terminate('the run is over')
      .catch(() => {});
  }
}
