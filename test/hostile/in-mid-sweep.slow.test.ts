import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { startSweep } from '../../client/sweeps.ts';
import { MINUTE } from '../../domain/durations.ts';
import { between, randomStream, type Random } from '../../local/sample-data/random.ts';
import { report, SEEDS } from './seeds.ts';
import { notToldOnce, startStage, type Stage } from './stage.ts';

type Strike = (client: Client, workflowId: string) => Promise<unknown>;

/** What an operator may do to a batch in the Web UI. */
const STRIKES: Readonly<Record<string, Strike>> = {
  'is terminated': (client, workflowId) => client.workflow.getHandle(workflowId).terminate('by a test'),
  'is reset': async (client, workflowId) => {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const first = events?.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId;
    await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId },
      workflowTaskFinishEventId: first ?? null,
      requestId: workflowId,
      reason: 'by a test',
    });
  },
  'is paused for a second': async (client, workflowId) => {
    const execution = { workflowId };
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    const id = raw.pendingActivities?.[0]?.activityId;
    if (!id) throw new Error('it sends nothing at this moment');
    const activity = { namespace: client.options.namespace, execution, id };
    await client.workflowService.pauseActivity({ ...activity, reason: 'by a test' });
    await sleep(1_000);
    await client.workflowService.unpauseActivity(activity);
  },
};

/** Starts again what was ended by force, as its error says. Returns how often. */
async function untilCompleted(client: Client, asOf: Date): Promise<number> {
  for (let again = 0; again < 5; again++) {
    const sweep = await startSweep(client, {
      asOf: asOf.toISOString(),
      brake: false,
      mentorsPerBatch: 60,
      concurrency: 8,
    });
    const ended = await sweep.result().then(
      () => null,
      (error: unknown) => error,
    );
    if (ended === null) return again;
  }
  throw new Error('the sweep failed five times');
}

/** Batches that send at this moment, in either namespace. */
async function batchesInFlight({ database, clients }: Stage): Promise<{ client: Client; workflowId: string }[]> {
  const { rows } = await database.pool.query<{ workflow_id: string }>(
    `select distinct workflow_id from evaluation_batches b join scenario_claims c using (batch_key)
     join delivery_attempts a on a.claim_id = c.id where a.outcome is null`,
  );
  const found = await Promise.all(
    rows.flatMap(({ workflow_id: workflowId }) =>
      clients.map((client) =>
        client.workflow
          .getHandle(workflowId)
          .describe()
          .then(
            ({ status }) => (status.name === 'RUNNING' ? [{ client, workflowId }] : []),
            () => [],
          ),
      ),
    ),
  );
  return found.flat();
}

/** Strikes a batch in each way while its requests are in flight. Returns what was done; what has ended cannot be struck. */
async function strike(stage: Stage, random: Random): Promise<string[]> {
  const done: string[] = [];
  for (const [n, [name, act]] of Object.entries(STRIKES).entries()) {
    await stage.untilPosts(between(random, 5, 60) * (n + 1));
    for (const { client, workflowId } of await batchesInFlight(stage)) {
      const isDone = await act(client, workflowId).then(
        () => true,
        () => false,
      );
      if (!isDone) continue;
      done.push(`a batch ${name}`);
      break;
    }
  }
  return done;
}

describe.each(SEEDS)('two namespaces on one database, one clock ten minutes fast and one slow, seed %i', (seed) => {
  test('everybody is told once, whatever is done to batches whose requests are in flight', async () => {
    // So long ago that it is the past for the slow one as well.
    const asOf = new Date(Date.now() - 11 * MINUTE);
    const stage = await startStage({
      seed,
      asOf,
      clocksAhead: [10 * MINUTE, -10 * MINUTE],
      latencyMs: 400,
      concurrency: 10,
    });
    try {
      const sweeps = Promise.all(stage.clients.map((client) => untilCompleted(client, asOf)));
      const [again, done] = await Promise.all([sweeps, strike(stage, randomStream(seed, 3))]);
      const faults = notToldOnce(stage.due, await stage.emulator.ledger());
      report({ seed, due: stage.due.length, done, again, faults });
      expect(faults).toEqual([]);
      expect(done.length).toBeGreaterThan(0);
    } finally {
      await stage.stop();
    }
  }, 600_000);
});
