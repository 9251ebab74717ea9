import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SweepHandle } from '../../client/sweeps.ts';
import type { Children } from '../chaos/children.ts';
import { Fleet } from '../chaos/fleet.ts';
import type { Scene } from '../chaos/weather/scene.ts';
import type { TemporalCommand } from './commands.ts';
import { require, type Seen } from './steps.ts';
import { everybodyWasToldOnce } from './told.ts';

const DEPLOYMENT = 'scenario-push-proof';
const [OLD, NEW] = ['1.0.0', '1.1.0'];
const ENOUGH_TO_BE_UNDER_LOAD = 20;

/** What a worker is given so that it registers as a build. */
export function asBuild(buildId: string = OLD): NodeJS.ProcessEnv {
  return { WORKER_DEPLOYMENT_NAME: DEPLOYMENT, WORKER_BUILD_ID: buildId };
}

/** While a sweep sends, the next build becomes the current one and the workers of the first, which the scene has, are stopped. */
export async function exchangeOfBuilds(scene: Scene, temporal: TemporalCommand, children: Children): Promise<Seen> {
  const makeCurrent = (buildId: string) =>
    temporal.eventually(
      'worker',
      'deployment',
      'set-current-version',
      '--yes',
      '--deployment-name',
      DEPLOYMENT,
      '--build-id',
      buildId,
    );
  await makeCurrent(OLD);
  const sweep = await scene.sweep({ mentorsPerBatch: 50 });
  await scene.until(() => scene.posts().length >= ENOUGH_TO_BE_UNDER_LOAD, 60_000, 20);

  const folder = join(scene.folder, NEW);
  mkdirSync(folder, { recursive: true });
  const next = new Fleet(2, { folder, children, tally: {}, env: { ...scene.env, ...asBuild(NEW) } });
  try {
    await next.untilReady();
    await makeCurrent(NEW);
    await scene.fleet.stop();
    const sentByThen = scene.posts().length;
    const { status } = await sweep.describe();
    require(status.name === 'RUNNING', `the sweep was ${status.name} when the first build was gone`);
    await sweep.result();
    const told = await everybodyWasToldOnce(scene);
    const builds = await buildsOf(sweep);
    require(builds.join() === `${OLD},${NEW}`, `the sweep was carried on by ${builds.join(', ')}`);
    require([...scene.fleet.unexpected, ...next.unexpected].length === 0, next.unexpected.join());
    return `${OLD} gone after ${sentByThen} messages, ${NEW} ended the sweep; ${told}`;
  } finally {
    await next.stop();
  }
}

/** Those whose workers took its steps, in their order. */
async function buildsOf(sweep: SweepHandle): Promise<string[]> {
  const { events } = await sweep.fetchHistory();
  const builds = (events ?? []).map(
    (event) => event.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId ?? null,
  );
  return [...new Set(builds.filter((build) => build !== null))];
}
