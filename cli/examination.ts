import { connectTemporal, type TemporalClient } from '../client/connect-temporal.ts';
import { listSchedules } from '../client/schedule-rows.ts';
import { TASK_QUEUE } from '../client/task-queue.ts';
import { clockDifference, describeDifference } from '../db/clock-difference.ts';
import { connect, createPool } from '../db/connect.ts';
import { assertSchemaCurrent, schemaVersion } from '../db/migrate.ts';
import { sendingState, type ClosedGate } from '../db/sending-state.ts';
import { describeSetAside, recentlySetAside } from '../db/set-aside.ts';
import { DAY } from '../domain/durations.ts';
import { CodedError } from '../domain/errors.ts';
import { CLOCK_SKEW } from '../domain/timing.ts';
import { readConfig, readDatabaseUrl, readPushConfig } from '../worker/config.ts';
import { createPushFromConfig } from '../worker/push-from-config.ts';
import { describeFailure } from './report-failure.ts';
import { describeHalt } from './sending-notice.ts';

export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  /** What was found, or what to do. */
  readonly detail: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Check {
  readonly name: string;
  /** Of this check nothing can be said where that one fails. */
  readonly after?: string;
  /** Resolves with what was found; throws what is wrong. */
  readonly look: () => Promise<string>;
}

interface Outcome {
  readonly name: string;
  readonly detail: string;
  /** Null: none. */
  readonly error: unknown;
  /** False: it hangs on a check that failed. */
  readonly looked: boolean;
}

/** Looks at everything the worker needs, each thing on its own: one that fails hides no other. */
export async function examine(env: Environment): Promise<Finding[]> {
  const outcomes = await look([
    ...necessities(env, examineTemporal),
    { name: 'clock', after: 'database', look: () => examineClock(env) },
    { name: 'firebase', look: () => examineFirebase(env) },
    { name: 'sending', after: 'schema', look: () => examineSending(env) },
    { name: 'evaluation', after: 'schema', look: () => examineEvaluation(env) },
  ]);
  return outcomes.map(({ name, error, looked, detail }) => ({ check: name, ok: looked && error === null, detail }));
}

/**
 * Throws what keeps a worker from starting, all of it at once: E_NOT_READY where there are several. Sends nothing, not
 * even a dry run: a push service that is away for a while keeps nobody from starting.
 */
export async function assertReady(env: Environment): Promise<void> {
  const credentials = async () => {
    await (await createPushFromConfig(readPushConfig(env))).close();
    return '';
  };
  const outcomes = await look([...necessities(env, async () => ''), { name: 'firebase', look: credentials }]);
  const failed = outcomes.filter(({ error }) => error !== null);
  if (failed.length === 1) throw failed[0]!.error;
  if (failed.length > 1) {
    const faults = new Set(failed.map(({ detail }) => `- ${detail}`));
    throw new CodedError('E_NOT_READY', `the worker cannot start:\n${[...faults].join('\n')}`);
  }
}

function necessities(
  env: Environment,
  ofTemporal: (temporal: TemporalClient, env: Environment) => Promise<string>,
): Check[] {
  return [
    {
      name: 'environment',
      look: async () => {
        readConfig(env);
        return 'every variable can be read';
      },
    },
    {
      name: 'database',
      look: () =>
        withPool(env, async (pool) => (await pool.query('select version()')).rows[0].version.split(' on ')[0]),
    },
    {
      name: 'schema',
      after: 'database',
      look: () =>
        withPool(env, async (pool) => {
          await assertSchemaCurrent(connect(pool));
          return `current (${schemaVersion().expected})`;
        }),
    },
    {
      name: 'temporal',
      look: async () => {
        const temporal = await connectTemporal();
        try {
          return await ofTemporal(temporal, env);
        } finally {
          await temporal.close();
        }
      },
    },
  ];
}

/** Looks at all at once, but for what hangs on something else; outcomes are in the order of the checks. */
async function look(checks: readonly Check[]): Promise<Outcome[]> {
  const outcomes = new Map<string, Promise<Outcome>>();
  for (const check of checks) outcomes.set(check.name, outcomeOf(check, check.after && outcomes.get(check.after)));
  return Promise.all(outcomes.values());
}

async function outcomeOf({ name, after, look: lookAt }: Check, before?: Promise<Outcome> | ''): Promise<Outcome> {
  const first = before && (await before);
  if (first && (first.error || !first.looked))
    return { name, detail: `cannot be told while "${after}" fails`, error: null, looked: false };
  return lookAt().then(
    (detail) => ({ name, detail, error: null, looked: true }),
    (error: unknown) => ({ name, detail: describeFailure(error), error, looked: true }),
  );
}

async function withPool<T>(env: Environment, work: (pool: ReturnType<typeof createPool>) => Promise<T>): Promise<T> {
  const pool = createPool({ url: readDatabaseUrl(env), maxConnections: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

async function examineClock(env: Environment): Promise<string> {
  const ms = await withPool(env, (pool) => clockDifference(connect(pool)));
  const found = `this machine's clock is ${describeDifference(ms)} the database's`;
  if (Math.abs(ms) <= CLOCK_SKEW) return found;
  throw new CodedError('E_CLOCKS_DIFFER', found, { fix: 'keep the clocks of both by NTP' });
}

/** A halt is wanted, and yet nothing is sent: whoever asks what is missing must hear of it. */
async function examineSending(env: Environment): Promise<string> {
  const { halt, closed, notSettled } = await withPool(env, (pool) => sendingState(connect(pool)));
  if (halt) throw new CodedError('E_HALTED', describeHalt(halt), { fix: '"scenario-push halt --end" ends it' });
  if (notSettled) {
    throw new CodedError(
      'E_NOT_SETTLED',
      `${notSettled.notifications} notifications cannot be settled; the database says of one: ${notSettled.fault}`,
      { fix: 'mend what it names; they are tried again by themselves, and nothing is sent again' },
    );
  }
  if (closed.length === 0) return 'not halted, and the push service is open';
  const gates = closed.map(describeGate);
  return `not halted; ${gates.join(', ')}, and opens by itself`;
}

function describeGate({ project_id, closed_until, reason }: ClosedGate): string {
  const [project, platform] = project_id.split('/');
  const what = platform
    ? `the ${platform} devices of project ${project} are set aside`
    : `project ${project} is closed`;
  return `${what} until ${closed_until.toISOString()} (${reason ?? 'trouble'})`;
}

async function examineEvaluation(env: Environment): Promise<string> {
  const since = new Date(Date.now() - DAY);
  const left = await withPool(env, (pool) =>
    recentlySetAside(connect(pool), { since, userId: null, scenarioType: null }),
  );
  if (left.length === 0) return 'nobody was left out since yesterday';
  const wrong = `left out since yesterday, because evaluating them failed or cost too much: ${left.map(describeSetAside).join(', ')}`;
  throw new CodedError('E_SET_ASIDE', wrong, { fix: 'mend the rule, or the rows of the mentor; see docs/runbook.md' });
}

async function examineTemporal(temporal: TemporalClient, env: Environment): Promise<string> {
  const { client, connection, namespace } = temporal;
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType: 1,
  });
  const schedules = await listSchedules(client);
  const paused = schedules.filter((schedule) => schedule.paused).length;
  return [
    `namespace ${namespace}`,
    `${pollers?.length ?? 0} workers on ${TASK_QUEUE}`,
    `${schedules.length} Schedules${paused > 0 ? `, ${paused} of them paused` : ''}`,
    ...(await examineDeployment(temporal, env)),
  ].join(', ');
}

/** Versioned workers get nothing to do before their version is made the current one. */
async function examineDeployment({ connection, namespace }: TemporalClient, env: Environment): Promise<string[]> {
  const deploymentName = env['WORKER_DEPLOYMENT_NAME'];
  if (!deploymentName) return [];
  const { workerDeploymentInfo } = await connection.workflowService.describeWorkerDeployment({
    namespace,
    deploymentName,
  });
  const current = workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId;
  if (current) return [`build ${current} of ${deploymentName} is current`];
  throw new CodedError(
    'E_NO_CURRENT_VERSION',
    `no build of worker deployment ${deploymentName} is the current one, so its workers get no work`,
    {
      fix: `run "temporal worker deployment set-current-version --deployment-name ${deploymentName} --build-id ${env['WORKER_BUILD_ID'] ?? '…'}"`,
    },
  );
}

/** A dry run to a token that cannot exist: whoever refuses the token has let us in. */
async function examineFirebase(env: Environment): Promise<string> {
  const push = await createPushFromConfig(readPushConfig(env));
  try {
    const { outcome, trouble } = await push.validate({
      token: 'doctor-asks-whether-the-door-is-open',
      notificationId: 'doctor',
      scenarioType: 'inactivity',
      text: { title: 'Doctor', body: 'A dry run: never delivered.' },
      timeToLiveSeconds: 60,
    });
    if (trouble || outcome.status === 'unknown') {
      const code = trouble?.code ?? (outcome.status === 'unknown' ? outcome.code : '');
      throw new CodedError('E_FIREBASE', `a dry run to project ${push.projectId} failed with ${code}`, {
        fix: 'check the credentials, the project and the network',
      });
    }
    return `project ${push.projectId} answers a dry run`;
  } finally {
    await push.close();
  }
}
