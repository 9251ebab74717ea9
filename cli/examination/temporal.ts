import { assertNamespace } from '../../client/assert-namespace.ts';
import { connectTemporal, type TemporalClient } from '../../client/connect-temporal.ts';
import { pollersOf } from '../../client/pollers.ts';
import { listSchedules, type ScheduleRow } from '../../client/schedule-rows.ts';
import { missingSearchAttributes, searchAttributesMissing } from '../../client/register-search-attributes.ts';
import { noWorker } from '../../client/no-worker.ts';
import { CodedError } from '../../domain/errors.ts';
import type { Environment } from './check.ts';

const SETTLER = 'settle-stranded-claims';

/** Everything about Temporal that a worker needs but cannot make. */
export async function examineNamespace(): Promise<string> {
  return withTemporal(async (temporal) => {
    await assertNamespace(temporal);
    return `namespace ${temporal.namespace}`;
  });
}

/** A workflow that sets a search attribute that is missing stops there. */
export async function examineSearchAttributes(): Promise<string> {
  return withTemporal(async ({ connection, namespace }) => {
    const missing = await missingSearchAttributes(connection, namespace);
    if (missing.length > 0) throw searchAttributesMissing(namespace, missing);
    return 'ScenarioType and EvaluationDate are there';
  });
}

export async function examineWorkers(env: Environment): Promise<string> {
  return withTemporal(async (temporal) => {
    const pollers = await pollersOf(temporal.client, new Date());
    if (pollers.alive.length === 0) throw noWorker(temporal.namespace, pollers.lastAt);
    const here = `${pollers.alive.length} asked for work within the last minute`;
    return [here, ...(await examineDeployment(temporal, env))].join(', ');
  });
}

export async function examineSchedules(): Promise<string> {
  return withTemporal(async ({ client }) => {
    const schedules = await listSchedules(client);
    assertSettlerRuns(schedules);
    if (schedules.length === 0) return 'none yet: "scenario-push schedules apply" creates them';
    const paused = schedules.filter((schedule) => schedule.paused).length;
    return `${schedules.length}${paused > 0 ? `, ${paused} of them paused` : ''}`;
  });
}

/** Sweeps leave to it what a worker could not end: notifications would wait for ever. */
function assertSettlerRuns(schedules: readonly ScheduleRow[]): void {
  const sweeps = schedules.some((row) => row.schedule_id.startsWith('sweep-') && !row.paused);
  const settler = schedules.find((row) => row.schedule_id === SETTLER);
  if (!sweeps || settler?.paused === false) return;
  throw new CodedError(
    'E_SETTLER_PAUSED',
    `Schedule ${SETTLER} ${settler ? 'is paused' : 'does not exist'} while sweeps run: what a sweep leaves unsettled is never sent or given up`,
    { fix: `run "scenario-push schedules ${settler ? `resume ${SETTLER}` : 'apply --running'}"` },
  );
}

async function withTemporal<T>(work: (temporal: TemporalClient) => Promise<T>): Promise<T> {
  const temporal = await connectTemporal();
  try {
    return await work(temporal);
  } finally {
    await temporal.close();
  }
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
