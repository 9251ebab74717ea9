import { setTimeout as sleep } from 'node:timers/promises';
import type { ScheduleChange } from '../../client/schedules.ts';
import { DEFAULT_SCHEDULES } from '../../client/schedule-definitions.ts';
import type { Scene } from '../chaos/weather/scene.ts';
import { scenarioPush } from './commands.ts';
import { require, type Seen } from './steps.ts';

const TRIGGERED = ['sweep-milestone', 'settle-stranded-claims'];

/** Applied, triggered, paused and removed by the command line; what they start has to complete. */
export async function schedules(scene: Scene): Promise<Seen> {
  const ask = <T>(...args: string[]) => scenarioPush<T>(scene.env, 'schedules', ...args);
  const kinds = async () => [...new Set((await ask<ScheduleChange>('apply')).map(({ change }) => change))].join(', ');
  const first = await kinds();
  require(first === 'created', `apply: ${first}`);
  const again = await kinds();
  require(again === 'unchanged', `apply once more: ${again}`);
  const listed = await ask<{ schedule_id: string; paused: boolean }>('list');
  require(listed.length === DEFAULT_SCHEDULES.length && listed.every(({ paused }) => paused), JSON.stringify(listed));
  await ask('resume', ...TRIGGERED, '--note', 'tried');
  await ask('trigger', ...TRIGGERED);
  for (const id of TRIGGERED) await untilCompleted(scene, id);
  await ask('pause', ...TRIGGERED);
  await ask('delete', '--all');
  await scene.until(async () => (await ask('list')).length === 0, 30_000);
  require((await ask('list')).length === 0, 'delete --all left some');
  return `${listed.length} applied, ${TRIGGERED.length} triggered and completed, all removed`;
}

async function untilCompleted({ stack }: Scene, scheduleId: string): Promise<void> {
  for (let tried = 0; tried < 300; tried++) {
    const { info } = await stack.client.schedule.getHandle(scheduleId).describe();
    for (const { action } of info.recentActions) {
      const { workflowId } = action.workflow;
      await stack.client.workflow.getHandle(workflowId).result();
      return;
    }
    await sleep(100);
  }
  throw new Error(`${scheduleId} was triggered and started nothing`);
}
