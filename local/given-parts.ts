import { sql } from 'kysely';
import { describeTarget } from '../cli/with-database.ts';
import { connectTemporal } from '../client/connect-temporal.ts';
import { pollersOf } from '../client/pollers.ts';
import { connect, createPool } from '../db/connect.ts';
import { CodedError, UsageError } from '../domain/errors.ts';
import { readDatabaseUrl, readPushConfig } from '../worker/config.ts';
import { createPushFromConfig } from '../worker/push-from-config.ts';
import { isOfADeadProcess } from './processes.ts';

/** What the environment names, and is therefore not started here. Null: nothing. */
export interface GivenParts {
  readonly database: {
    readonly url: string;
    readonly name: string;
    /** People, whom a sweep could notify. A role that may not see every row cannot tell, so it counts as true. */
    readonly hasUsers: boolean;
  } | null;
  readonly temporal: { readonly name: string } | null;
  readonly push: { readonly name: string; readonly emulator: boolean } | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Looks at what the environment names, before anything is started, and refuses what would do harm: production's variables
 * may still be exported. Throws E_DATABASE_IN_USE, and what keeps a named part from being used.
 */
export async function lookAtGivenParts(
  env: Environment,
  { useEnvironment }: { useEnvironment: boolean },
): Promise<GivenParts> {
  const database = env['DATABASE_URL'] ? await lookAtDatabase(readDatabaseUrl(env)) : null;
  if (!database?.hasUsers) return { database, temporal: givenTemporal(env), push: givenPush(env) };
  if (!useEnvironment) {
    throw new UsageError('E_DATABASE_IN_USE', `DATABASE_URL names ${database.name}, which has users`, {
      fix: 'unset DATABASE_URL for a database of sample data; or add --use-environment, which migrates this one, applies Schedules that run and notifies its mentors',
    });
  }
  if (env['FIREBASE_MESSAGING_EMULATOR_HOST']) {
    throw new UsageError(
      'E_DATABASE_IN_USE',
      `DATABASE_URL names ${database.name}, which has users, and FIREBASE_MESSAGING_EMULATOR_HOST an emulator: mentors would be recorded as notified, and nobody would be`,
      { fix: 'unset one of the two' },
    );
  }
  // Nothing takes Firebase's place beside people: where there is no access to it, nothing is to be changed either.
  const push = await createPushFromConfig(readPushConfig(env));
  await push.close();
  const name = `Firebase project ${push.projectId}`;
  return { database, temporal: givenTemporal(env), push: { name, emulator: false } };
}

/**
 * Throws E_TASK_QUEUE_IN_USE where workers elsewhere work on the named Temporal namespace: they and the worker here would
 * take each other's batches, and evaluate them on another database.
 */
export async function refuseForeignWorkers(): Promise<void> {
  const temporal = await connectTemporal();
  try {
    const { alive } = await pollersOf(temporal.client, new Date());
    const others = alive.filter((identity) => !isOfADeadProcess(identity));
    if (others.length === 0) return;
    throw new CodedError(
      'E_TASK_QUEUE_IN_USE',
      `workers of another database (${others.join(', ')}) serve namespace ${temporal.namespace} of the Temporal server that the environment names`,
      { fix: 'unset TEMPORAL_ADDRESS, or set TEMPORAL_NAMESPACE to one of your own' },
    );
  } finally {
    await temporal.close();
  }
}

async function lookAtDatabase(url: string): Promise<NonNullable<GivenParts['database']>> {
  const db = connect(createPool({ url, maxConnections: 1 }));
  try {
    const { rows } = await sql<{ there: boolean }>`select to_regclass('public.users') is not null as there`.execute(db);
    return { url, name: describeTarget(url), hasUsers: rows[0]!.there && (await mayHaveUsers(db)) };
  } finally {
    await db.destroy();
  }
}

async function mayHaveUsers(db: ReturnType<typeof connect>): Promise<boolean> {
  const { rows } = await sql<{ some: boolean }>`
    select exists (select from public.users) or row_security_active('public.users') as some`.execute(db);
  return rows[0]!.some;
}

function givenTemporal(env: Environment): GivenParts['temporal'] {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_PROFILE: profile, TEMPORAL_CONFIG_FILE: file } = env;
  const namespace = env['TEMPORAL_NAMESPACE'] ? `, namespace ${env['TEMPORAL_NAMESPACE']}` : '';
  if (address) return { name: `the Temporal server at ${address}${namespace}` };
  if (profile) return { name: `the Temporal server of profile ${profile}${namespace}` };
  return file ? { name: `the Temporal server that ${file} names${namespace}` } : null;
}

function givenPush(env: Environment): GivenParts['push'] {
  const { FIREBASE_MESSAGING_EMULATOR_HOST: emulator, GOOGLE_APPLICATION_CREDENTIALS: credentials } = env;
  if (emulator) return { name: `the FCM emulator at ${emulator}`, emulator: true };
  return credentials ? { name: `Firebase, with the credentials in ${credentials}`, emulator: false } : null;
}
