// A durable workflow per mentor, or per hundred, on a queue: what is due, each request, and each record are steps.
import { setTimeout as sleep } from 'node:timers/promises';
import { DBOS } from '@dbos-inc/dbos-sdk';
import type { DeviceOutcome } from '../../../../domain/outcome.ts';
import { record, sendToDevice } from '../kit/deliver.ts';
import { evaluateMentor, type Notification } from '../kit/evaluate-mentor.ts';
import { mentorGroups, mentorOf, readRules, type Rule } from '../kit/mentor.ts';
import { takePart } from '../kit/take-part.ts';

const QUEUE = 'mentors';
const CONNECTIONS = 20;
/** Workflows at a time in this process: as many as there can be requests in flight. 24 took half as long again, 500 a tenth less and 40 % more memory. */
const WORKER_CONCURRENCY = 100;
/** How often the queue is asked for more; the default of a second would leave the process idle most of the time. */
const POLL_MS = 50;

await takePart(async ({ databaseUrl, createPool, push, asOf, mentorsPerJob, isResumed }) => {
  const pool = createPool(CONNECTIONS);
  let rules: readonly Rule[] = [];

  const notifyMentors = async (mentorIds: string[]): Promise<void> => {
    const evaluate = async () => {
      const notifications: Notification[] = [];
      for (const mentorId of mentorIds) {
        const mentor = await mentorOf(pool, asOf, mentorId);
        if (mentor) notifications.push(...(await evaluateMentor(pool, asOf, mentor, rules)));
      }
      return notifications;
    };
    for (const notification of await DBOS.runStep(evaluate, { name: 'evaluate' })) {
      const outcomes: DeviceOutcome[] = [];
      for (const device of notification.devices) {
        outcomes.push(await DBOS.runStep(() => sendToDevice(push, notification, device), { name: 'send' }));
      }
      await DBOS.runStep(() => record(pool, notification, outcomes), { name: 'record' });
    }
  };
  DBOS.registerWorkflow(notifyMentors, { name: 'notifyMentors' });

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
    else
      await pool.query(
        `select count(dbos.enqueue_workflow(
         workflow_name => 'notifyMentors', queue_name => $1, positional_args => array[mentor_ids],
         workflow_id => $2 || '/' || (mentor_ids ->> 0), app_version => '1'))
       from json_array_elements($3::json) as mentor_ids`,
        [QUEUE, asOf.toISOString(), JSON.stringify(await mentorGroups(pool, mentorsPerJob))],
      );
    while ((await DBOS.listQueuedWorkflows({ queueName: QUEUE, limit: 1, loadInput: false })).length > 0)
      await sleep(50);
  };
  return { sweep, close: () => DBOS.shutdown() };
});
