// A job per mentor, or per hundred: enqueued in batches, worked on 24 at a time with the settings that the library's page on
// performance shows for throughput.
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, makeWorkerUtils, run, type Runner, type Task, type WorkerUtils } from 'graphile-worker';
import type pg from 'pg';
import { record, send } from '../kit/deliver.ts';
import { evaluateMentor } from '../kit/evaluate-mentor.ts';
import { mentorGroups, mentorOf, readRules } from '../kit/mentor.ts';
import { takePart } from '../kit/take-part.ts';

const CONCURRENT_JOBS = 24;
/** Jobs in one call of add_jobs. */
const BATCH = 5_000;
const TASK = 'notify_mentors';

const logger = new Logger(() => (level, message) => {
  if (level === 'error' || level === 'warning') process.stderr.write(`${message}\n`);
});

await takePart(async ({ createPool, push, asOf, mentorsPerJob, isResumed }) => {
  // As recommended: a connection for each job and two more.
  const pgPool = createPool(CONCURRENT_JOBS + 2);
  const utils = await makeWorkerUtils({ pgPool, logger });
  await utils.migrate();
  if (isResumed) await unlockJobsOfDeadWorkers(pgPool, utils);

  const sweep = async (): Promise<void> => {
    const rules = await readRules(pgPool);
    const notifyMentors: Task = async (payload, { withPgClient }) => {
      for (const mentorId of (payload as { mentorIds: string[] }).mentorIds) {
        const notifications = await withPgClient(async (client) => {
          const mentor = await mentorOf(client, asOf, mentorId);
          return mentor ? evaluateMentor(client, asOf, mentor, rules) : [];
        });
        for (const notification of notifications) {
          const outcomes = await send(push, notification);
          await withPgClient((client) => record(client, notification, outcomes));
        }
      }
    };
    if (!isResumed) await enqueue(utils, await mentorGroups(pgPool, mentorsPerJob));
    const runner = await run({
      preset: {
        worker: {
          concurrentJobs: CONCURRENT_JOBS,
          localQueue: { size: 500 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      },
      pgPool,
      logger,
      noHandleSignals: true,
      taskList: { [TASK]: notifyMentors },
    });
    await untilEmpty(pgPool, runner);
  };
  return { sweep, close: async () => utils.release() };
});

/** The key makes a second enqueueing of the same sweep replace jobs that wait instead of doubling them. */
async function enqueue(utils: WorkerUtils, groups: readonly string[][]): Promise<void> {
  for (let at = 0; at < groups.length; at += BATCH) {
    await utils.addJobs(
      groups
        .slice(at, at + BATCH)
        .map((mentorIds) => ({ identifier: TASK, payload: { mentorIds }, jobKey: mentorIds[0]! })),
    );
  }
}

/** What an operator does who knows that the process is gone: by itself a lock ends after four hours. */
async function unlockJobsOfDeadWorkers(pool: pg.Pool, utils: WorkerUtils): Promise<void> {
  const { rows } = await pool.query<{ locked_by: string }>(
    'select distinct locked_by from graphile_worker.jobs where locked_by is not null',
  );
  await utils.forceUnlockWorkers(rows.map(({ locked_by }) => locked_by));
}

/** A job that is done is deleted. */
async function untilEmpty(pool: pg.Pool, runner: Runner): Promise<void> {
  while ((await pool.query('select from graphile_worker.jobs limit 1')).rowCount) await sleep(50);
  await runner.stop();
}
