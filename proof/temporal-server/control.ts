import { setTimeout as sleep } from 'node:timers/promises';
import type { SweepHandle } from '../../client/sweeps.ts';
import type { SweepResult } from '../../domain/sweep.ts';
import type { SweepProgress } from '../../workflows/sweep-messages.ts';
import type { Scene } from '../chaos/weather/scene.ts';
import { findTctl, tctl } from '../support/tctl.ts';
import { scenarioPush, type TemporalCommand } from './commands.ts';
import { require, type Seen } from './steps.ts';
import { everybodyWasToldOnce } from './told.ts';

/** Small batches, one after the other: long enough to be controlled. */
const SLOW = { mentorsPerBatch: 10, concurrency: 1 };

export async function sweep(scene: Scene): Promise<Seen> {
  const asOf = scene.asOf.toISOString();
  const [result] = await scenarioPush<SweepResult>(scene.env, 'sweep', '--as-of', asOf, '--no-brake', '--wait');
  const sent = Object.values(result!.scenarios).reduce((sum, counts) => sum + counts.sent, 0);
  require(sent === scene.due, `${scene.due} due, the sweep counts ${sent} sent`);
  return everybodyWasToldOnce(scene);
}

/** Pause, resume and stop as the command line sends them, which finds the sweep that runs by itself. */
export async function signals(scene: Scene): Promise<Seen> {
  const one = await started(scene);
  const signal = async (name: string) => {
    const [answer] = await scenarioPush<{ progress: SweepProgress }>(scene.env, 'sweep', name);
    return answer!.progress;
  };
  const paused = await signal('pause');
  require(paused.state === 'paused', `after pause: ${paused.state}`);
  await until(one, ({ in_flight }) => in_flight === 0);
  const { done } = await progressOf(one);
  await sleep(1_000);
  require((await progressOf(one)).done === done, 'a paused sweep starts batches');
  const resumed = await signal('resume');
  require(resumed.state === 'running', `after resume: ${resumed.state}`);
  await one.result();
  const finished = await progressOf(one);
  require(finished.state === 'finished' && finished.done === finished.planned, JSON.stringify(finished));

  const other = await started(scene);
  require((await signal('stop')).state.startsWith('stop'), 'after stop: it goes on');
  await other.result();
  const stopped = await progressOf(other);
  require(stopped.state === 'stopped' && stopped.done < stopped.planned, JSON.stringify(stopped));
  return `paused after ${done} of ${finished.planned} batches, resumed, finished; another stopped after ${stopped.done}`;
}

/** The update and the query, as Temporal's own command line sends them. */
export async function queryAndUpdate(scene: Scene, temporal: TemporalCommand): Promise<Seen> {
  const one = await started(scene);
  const id = ['--workflow-id', one.workflowId];
  const update = (input: string) =>
    temporal.try('workflow', 'update', 'execute', ...id, '--name', 'setConcurrency', '--input', input);
  const refused = await update('"eight"');
  require(!refused.ok && refused.output.includes('E_CONCURRENCY'), `a wrong update: ${refused.output}`);
  const accepted = await update('8');
  require(accepted.ok, `an update: ${accepted.output}`);
  const output = await temporal.run('workflow', 'query', ...id, '--type', 'progress', '--output', 'json');
  const { queryResult } = JSON.parse(output) as { queryResult: SweepProgress[] };
  require(queryResult[0]!.concurrency === 8, `progress says ${output}`);
  await one.result();
  const details = await temporal.run('workflow', 'metadata', ...id);
  require(/finished\*\*/.test(details), `current details: ${details}`);
  return 'concurrency 8 set and shown, "eight" refused, details say finished';
}

export async function oldCommandLine(scene: Scene): Promise<Seen> {
  const file = findTctl();
  if (!file) return { skipped: 'no tctl here: name one in TCTL_PATH, or build it as proof/support/tctl.ts says' };
  const one = await started(scene);
  for (const [name, state] of [
    ['pause', 'paused'],
    ['resume', 'running'],
    ['stop', 'stop'],
  ] as const) {
    const of = ['-w', one.workflowId];
    const sent = await tctl(file, scene.stack.temporalAddress, 'workflow', 'signal', ...of, '-n', name);
    require(sent.ok, `tctl ${name}: ${sent.output}`);
    const asked = await tctl(file, scene.stack.temporalAddress, 'workflow', 'query', ...of, '-qt', 'progress');
    require(asked.output.includes(`"state":"${state}`), `after ${name}: ${asked.output}`);
  }
  await one.result();
  return 'pause, resume and stop sent, each seen by a query';
}

/** Everybody has been told: it evaluates, and sends nothing. */
async function started(scene: Scene): Promise<SweepHandle> {
  const handle = await scene.sweep(SLOW);
  await until(handle, ({ done }) => done >= 1);
  return handle;
}

function progressOf(handle: SweepHandle): Promise<SweepProgress> {
  return handle.query<SweepProgress, []>('progress');
}

async function until(handle: SweepHandle, isSo: (now: SweepProgress) => boolean): Promise<void> {
  const late = performance.now() + 60_000;
  while (!isSo(await progressOf(handle))) {
    require(performance.now() <
      late, `a minute has gone by, and progress is ${JSON.stringify(await progressOf(handle))}`);
    await sleep(50);
  }
}
