import { connectTemporal } from '../client/connect-temporal.ts';
import { listSchedules } from '../client/schedule-rows.ts';
import { TASK_QUEUE } from '../client/task-queue.ts';
import { connect, createPool } from '../db/connect.ts';
import { assertSchemaCurrent, schemaVersion } from '../db/migrate.ts';
import { ServiceError } from '../domain/error-codes.ts';
import { readConfig, readDatabaseUrl } from '../worker/config.ts';
import { createPushFromConfig } from '../worker/push-from-config.ts';
import { describeFailure } from './report-failure.ts';

export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  /** What was found, or what to do. */
  readonly detail: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Looks at everything the worker needs, each thing on its own: one that fails hides no other. */
export async function examine(env: Environment): Promise<Finding[]> {
  const checks: Record<string, () => Promise<string>> = {
    environment: async () => {
      readConfig(env);
      return 'every variable can be read';
    },
    database: () => withPool(env, async (pool) => (await pool.query('select version()')).rows[0].version.split(' on ')[0]),
    schema: () =>
      withPool(env, async (pool) => {
        await assertSchemaCurrent(connect(pool));
        return `current (${schemaVersion().expected})`;
      }),
    temporal: examineTemporal,
    firebase: () => examineFirebase(env),
  };
  const findings: Finding[] = [];
  for (const [check, look] of Object.entries(checks)) {
    findings.push(
      await look().then(
        (detail) => ({ check, ok: true, detail }),
        (error: unknown) => ({ check, ok: false, detail: describeFailure(error) }),
      ),
    );
  }
  return findings;
}

async function withPool<T>(env: Environment, work: (pool: ReturnType<typeof createPool>) => Promise<T>): Promise<T> {
  const pool = createPool({ url: readDatabaseUrl(env), maxConnections: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

async function examineTemporal(): Promise<string> {
  const temporal = await connectTemporal();
  try {
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
    ].join(', ');
  } finally {
    await temporal.close();
  }
}

/** A dry run to a token that cannot exist: whoever refuses the token has let us in. */
async function examineFirebase(env: Environment): Promise<string> {
  const push = await createPushFromConfig(readConfig(env).push);
  try {
    const { outcome, pause } = await push.validate({
      token: 'doctor-asks-whether-the-door-is-open',
      notificationId: 'doctor',
      scenarioType: 'inactivity',
      text: { title: 'Doctor', body: 'A dry run: never delivered.' },
      timeToLiveSeconds: 60,
    });
    if (pause || outcome.status === 'unknown') {
      const code = pause?.code ?? (outcome.status === 'unknown' ? outcome.code : '');
      throw new ServiceError('E_FIREBASE', `a dry run to project ${push.projectId} failed with ${code}; check the credentials, the project and the network`);
    }
    return `project ${push.projectId} answers a dry run`;
  } finally {
    await push.close();
  }
}
