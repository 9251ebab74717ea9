// Loaded into a worker by the harness alone: node --import ./proof/chaos/hooks.ts cli/main.ts worker
// The worker runs as it is; what it imports as its activities is wrapped on the way, so that it can be ended or frozen
// at a named point. Product code knows nothing of it.
import { registerHooks } from 'node:module';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { readSettings } from './settings.ts';

const activities = new URL('../../activities/create-activities.ts', import.meta.url).href;
const here = new URL('.', import.meta.url).href;
const wrapped = new URL('./wrapped-activities.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return resolved.url === activities && !context.parentURL?.startsWith(here)
      ? { ...resolved, url: wrapped }
      : resolved;
  },
});

const { workflowBundle, timing } = readSettings();
const create = Worker.create.bind(Worker);
// A bundle made once: making it takes longer than most runs.
Worker.create = (options: WorkerOptions) => {
  const { workflowsPath: _, ...rest } = options;
  return create({
    ...rest,
    workflowBundle: { codePath: workflowBundle },
    ...(timing === 'short' && {
      maxHeartbeatThrottleInterval: 500,
      stickyQueueScheduleToStartTimeout: 1_000,
      shutdownGraceTime: 1_000,
    }),
  });
};

// A harness that was killed cannot end its workers.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, 500).unref();
