import { setTimeout as sleep } from 'node:timers/promises';
import { patiently } from '../chaos/sweeps.ts';
import type { Scene } from '../chaos/weather/scene.ts';
import type { Cluster } from './cluster.ts';
import { SERVICES } from './cluster-config.ts';
import { require, type Seen } from './steps.ts';
import { everybodyWasToldOnce } from './told.ts';

const DOWN_MS = 1_000;
const BETWEEN_MS = 2_000;

/** Each service is killed once while a sweep sends; killed after the sweep's end, it would prove nothing. */
export async function servicesKilled(scene: Scene, cluster: Cluster): Promise<Seen> {
  const sweep = await scene.sweep({ mentorsPerBatch: 50 });
  await scene.until(() => scene.posts().length > 0, 60_000, 20);
  const sentBefore: number[] = [];
  for (const service of SERVICES) {
    sentBefore.push(scene.posts().length);
    await cluster.killService(service);
    await sleep(DOWN_MS);
    await cluster.startService(service);
    const { status } = await patiently(() => sweep.describe());
    require(status.name === 'RUNNING', `the sweep was ${status.name} when ${service} came back`);
    await sleep(BETWEEN_MS);
  }
  await patiently(() => sweep.result());
  const told = await everybodyWasToldOnce(scene);
  return `${SERVICES.join(', ')} killed after ${sentBefore.join(', ')} messages; ${told}`;
}
