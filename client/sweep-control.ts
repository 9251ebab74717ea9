import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { CodedError, UsageError } from '../domain/errors.ts';
import { SECOND } from '../domain/durations.ts';
import type { SweepProgress } from '../workflows/sweep-messages.ts';
import { TASK_QUEUE } from './task-queue.ts';

export type SweepSignal = 'pause' | 'resume' | 'stop';

const SWEEP = 'scenarioSweep';

/** A worker answers within milliseconds; where there is none, nobody does. */
const ANSWER_WITHIN = 10 * SECOND;

const LISTED = 20;

/**
 * The workflow id of the one sweep that runs. Throws E_NO_SWEEP where none does, and E_WHICH_SWEEP where several do.
 */
async function theRunningSweep(client: Client): Promise<string> {
  const query = `WorkflowType = "${SWEEP}" AND ExecutionStatus = "Running" AND TaskQueue = "${TASK_QUEUE}"`;
  const running: { readonly workflowId: string; readonly startTime: Date }[] = [];
  for await (const each of client.workflow.list({ query })) {
    running.push(each);
    if (running.length > LISTED) break;
  }
  const [only, ...others] = running;
  if (!only) {
    throw new CodedError('E_NO_SWEEP', 'no sweep is running', {
      fix: '"scenario-push runs" shows the latest ones',
    });
  }
  if (others.length === 0) return only.workflowId;
  throw severalSweeps('several sweeps are running', running);
}

function severalSweeps(what: string, sweeps: readonly { workflowId: string; startTime: Date }[]): UsageError {
  const lines = sweeps
    .slice(0, LISTED)
    .map(({ workflowId, startTime }) => `  ${workflowId} started ${startTime.toISOString()}`);
  if (sweeps.length > LISTED) lines.push('  …');
  return new UsageError('E_WHICH_SWEEP', `${what}:\n${lines.join('\n')}`, { fix: 'name one, by its workflow id' });
}

/**
 * The workflow id of the one sweep that is meant: the one that runs without `id`, else the one that is called so or begins
 * so. Throws E_NO_SWEEP and E_WHICH_SWEEP.
 */
export async function findSweep(client: Client, id: string | undefined): Promise<string> {
  if (id === undefined) return theRunningSweep(client);
  if ((await describe(client, id)) !== null) return id;
  const query = `WorkflowType = "${SWEEP}" AND TaskQueue = "${TASK_QUEUE}" AND WorkflowId STARTS_WITH ${quoted(id)}`;
  const found = new Map<string, Date>();
  for await (const { workflowId, startTime } of client.workflow.list({ query })) {
    if (!found.has(workflowId)) found.set(workflowId, startTime);
    if (found.size > LISTED) break;
  }
  const [only, ...others] = found.keys();
  if (only === undefined) throw noSweep(`there is no sweep "${id}", and none that begins so`);
  if (others.length === 0) return only;
  const listed = [...found].map(([workflowId, startTime]) => ({ workflowId, startTime }));
  throw severalSweeps(`${id} begins the workflow ids of several sweeps`, listed);
}

function quoted(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, (special) => `\\${special}`)}"`;
}

/** Throws E_NO_SWEEP where there is none of this id, and E_SWEEP_OVER where it has ended: what it is stays as it is. */
export async function signalSweep(client: Client, workflowId: string, signal: SweepSignal): Promise<void> {
  const found = await describeSweep(client, workflowId);
  if (found.status.name !== 'RUNNING') throw await over(client, found, signal);
  try {
    await client.workflow.getHandle(workflowId).signal(signal);
  } catch (error) {
    // It has ended in between.
    if ((error as Error).name !== 'WorkflowNotFoundError') throw error;
    throw await over(client, await describeSweep(client, workflowId), signal);
  }
}

/** Of a sweep that runs or has ended. Null: no worker answers. Throws E_NO_SWEEP. */
export async function progressOfSweep(client: Client, workflowId: string): Promise<SweepProgress | null> {
  await describeSweep(client, workflowId);
  return askProgress(client, workflowId);
}

async function askProgress(client: Client, workflowId: string): Promise<SweepProgress | null> {
  const handle = client.workflow.getHandle(workflowId);
  return client
    .withDeadline(Date.now() + ANSWER_WITHIN, () => handle.query<SweepProgress, []>('progress'))
    .catch(() => null);
}

async function describeSweep(client: Client, workflowId: string): Promise<WorkflowExecutionDescription> {
  const found = await describe(client, workflowId);
  if (found?.type === SWEEP) return found;
  throw noSweep(found ? `"${workflowId}" is a ${found.type}, not a sweep` : `there is no sweep "${workflowId}"`);
}

/** Null: there is no workflow of this id. */
async function describe(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | null> {
  return client.workflow
    .getHandle(workflowId)
    .describe()
    .catch((error: unknown) => {
      if ((error as Error).name === 'WorkflowNotFoundError') return null;
      throw error;
    });
}

function noSweep(what: string): CodedError {
  return new CodedError('E_NO_SWEEP', what, { fix: '"scenario-push runs" shows the workflow ids of sweeps' });
}

async function over(client: Client, found: WorkflowExecutionDescription, signal: SweepSignal): Promise<CodedError> {
  const at = found.closeTime ? ` at ${found.closeTime.toISOString()}` : '';
  return new CodedError(
    'E_SWEEP_OVER',
    `${found.workflowId} ${await howItEnded(client, found)}${at}: nothing to ${signal}`,
    {
      fix: '"scenario-push runs" shows what it came to',
    },
  );
}

async function howItEnded(client: Client, { status, workflowId }: WorkflowExecutionDescription): Promise<string> {
  switch (status.name) {
    case 'COMPLETED':
      return (await askProgress(client, workflowId))?.state === 'stopped' ? 'was stopped' : 'has finished';
    case 'FAILED':
      return 'has failed';
    case 'CANCELLED':
      return 'was canceled';
    case 'TERMINATED':
      return 'was terminated';
    case 'TIMED_OUT':
      return 'has timed out';
    default:
      return 'has ended';
  }
}
