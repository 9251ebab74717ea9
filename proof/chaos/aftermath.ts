import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import { TASK_QUEUE } from '../../client/task-queue.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { evaluate } from '../evaluator/evaluate.ts';
import { loadAudience as readAudience } from '../evaluator/load-audience.ts';
import type { Due } from './facts.ts';
import { patiently } from './sweeps.ts';

/** By the independent evaluator. */
export async function whoIsDue(pool: pg.Pool, asOf: Date, which: 'to be told' | 'told or not'): Promise<Due[]> {
  const all = await readAudience(pool);
  // For some scenarios a record ends the condition itself.
  const audience = which === 'to be told' ? all : { ...all, told: [], claims: [] };
  return SCENARIO_TYPES.flatMap((type) =>
    evaluate(audience, type, asOf).verdicts.filter(({ verdict, reason }) =>
      which === 'to be told' ? verdict === 'send' : reason !== 'opted_out',
    ),
  );
}

/** `help` is called while something is not settled. */
export async function untilSettled(pool: pg.Pool, deadline: number, help: () => Promise<void>): Promise<void> {
  // What was frozen in the middle of a request ends it now.
  await sleep(500);
  do {
    const { rows } = await pool.query<{ open: number }>(
      `select count(*)::int as open from scenario_claims where state in ('open', 'unknown')`,
    );
    if (rows[0]!.open === 0) return;
    await help();
    await sleep(1_000);
  } while (performance.now() < deadline);
}

/** A batch that was taken up by others is counted after it was settled. */
export async function untilNothingRuns(client: Client, deadline: number): Promise<void> {
  while (
    (await patiently(() => client.workflow.count(`ExecutionStatus = 'Running' and TaskQueue = '${TASK_QUEUE}'`)))
      .count > 0
  ) {
    if (performance.now() > deadline) return;
    await sleep(200);
  }
}

/** Logs of workers, and histories of sweeps and batches. */
export async function textsOf(
  client: Client,
  pool: pg.Pool,
  { logFiles, sweeps }: { logFiles: readonly string[]; sweeps: readonly string[] },
): Promise<Map<string, string>> {
  const texts = new Map(logFiles.map((file) => [file.split('/').at(-1)!, readFileSync(file, 'utf8')]));
  const { rows } = await pool.query<{ workflow_id: string }>('select distinct workflow_id from evaluation_batches');
  for (const workflowId of [...sweeps, ...rows.map((row) => row.workflow_id)]) {
    const history = await patiently(() => client.workflow.getHandle(workflowId).fetchHistory());
    const payloads = JSON.stringify(history, (_, value: unknown) =>
      value instanceof Uint8Array
        ? Buffer.from(value).toString('utf8')
        : value && typeof value === 'object' && (value as { type?: string }).type === 'Buffer'
          ? Buffer.from((value as unknown as { data: number[] }).data).toString('utf8')
          : value,
    );
    texts.set(`history of ${workflowId}`, payloads);
  }
  return texts;
}
