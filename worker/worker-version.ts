import type { WorkerOptions } from '@temporalio/worker';
import type { Config } from './config.ts';

/** Workflows move on to a build when it becomes the current one: docs/decisions/0006-upgrades.md. */
export function workerVersion(deployment: Config['deployment']): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (!deployment) return {};
  const version = { deploymentName: deployment.name, buildId: deployment.buildId };
  return { workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' } };
}
