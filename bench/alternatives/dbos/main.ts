// A durable workflow per mentor on a queue: what she is due for, each request, and each record are steps.
import { setTimeout as sleep } from 'node:timers/promises';
import { DBOS } from '@dbos-inc/dbos-sdk';
import type { DeviceOutcome } from '../../../domain/outcome.ts';
import { record, sendToDevice } from '../kit/deliver.ts';
import { evaluateMentor } from '../kit/evaluate-mentor.ts';
import { mentorOf, readRules, type Rule } from '../kit/mentor.ts';
import { takePart } from '../kit/take-part.ts';

const QUEUE = 'mentors';
const CONNECTIONS = 20;
/** Workflows at a time in this process, and how often the queue is asked for more. See docs/alternatives.md for others. */
const WORKER_CONCURRENCY = Number(process.env['BENCH_DBOS_CONCURRENCY'] ?? 100);
const POLL_MS = Number(process.env['BENCH_DBOS_POLL_MS'] ?? 100);

await takePart(async ({ databaseUrl, createPool, push, asOf, isResumed }) => {
  const pool = createPool(CONNECTIONS);
  let rules: readonly Rule[] = [];

  const notifyMentor = async (mentorId: string): Promise<void> => {
    const evaluate = async () => {
      const mentor = await mentorOf(pool, asOf, mentorId);
      return mentor ? evaluateMentor(pool, asOf, mentor, rules) : [];
    };
    for (const notification of await DBOS.runStep(evaluate, { name: 'evaluate' })) {
      const outcomes: DeviceOutcome[] = [];
      for (const device of notification.devices) {
        outcomes.push(await DBOS.runStep(() => sendToDevice(push, notification, device), { name: 'send' }));
      }
      await DBOS.runStep(() => record(pool, notification, outcomes), { name: 'record' });
    }
  };
  DBOS.registerWorkflow(notifyMentor, { name: 'notifyMentor' });

  rules = await readRules(pool);
  DBOS.setConfig({
    name: 'scenario-push-bench',
    systemDatabaseUrl: databaseUrl,
    systemDatabasePoolSize: CONNECTIONS,
    applicationVersion: '1',
    logLevel: 'warn',
  });

  const launch = async (): Promise<void> => {
    await DBOS.launch();
    await DBOS.registerQueue(QUEUE, { workerConcurrency: WORKER_CONCURRENCY, minPollingIntervalMs: POLL_MS });
  };
  // Launching recovers what a process before this one left: that is part of the second sweep.
  if (!isResumed) await launch();

  const sweep = async (): Promise<void> => {
    if (isResumed) await launch();
    // The library's own function for enqueueing in SQL; the workflow's id keeps a second sweep of the instant from doubling it.
    else await pool.query(
      `select count(dbos.enqueue_workflow(
         workflow_name => 'notifyMentor', queue_name => $1, positional_args => array[to_json(id)],
         workflow_id => $2 || '/' || id, app_version => '1'))
       from users where role = 'peer_mentor' and status = 'active' and chapter_id is not null`,
      [QUEUE, asOf.toISOString()],
    );
    while ((await DBOS.listQueuedWorkflows({ queueName: QUEUE, limit: 1, loadInput: false })).length > 0) await sleep(50);
  };
  return { sweep, close: () => DBOS.shutdown() };
});
