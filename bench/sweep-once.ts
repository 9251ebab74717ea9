import { Client, Connection } from '@temporalio/client';
import { startSweep } from '../client/sweeps.ts';
import { MINUTE, SECOND } from '../domain/durations.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import { tallyHistories, type HistoryTally } from './tally-histories.ts';

export interface SweepMeasurement extends HistoryTally {
  readonly as_of: string;
  /** From the request to start until the result is here, milliseconds. */
  readonly wall_ms: number;
  /** Of the audience, each looked at for every scenario type of the sweep. */
  readonly mentors_per_second: number;
  /** Notifications that were sent, over the whole time of the sweep. */
  readonly pushes_per_second: number;
  readonly sent: number;
  readonly scenarios: Readonly<Record<string, ScenarioCounts>>;
}

/** Far more than a million mentors take. */
const LONGEST_SWEEP = 30 * MINUTE;

/** Sweeps and waits for the result, as an operator would. */
export async function sweepOnce(request: {
  temporalAddress: string;
  asOf: Date;
  scenarioTypes: readonly ScenarioType[];
  mentors: number;
  /** Aborted when the run is to end. */
  signal: AbortSignal;
}): Promise<SweepMeasurement> {
  const connection = await Connection.connect({ address: request.temporalAddress });
  try {
    const client = new Client({ connection });
    const asOf = request.asOf.toISOString();
    const begun = performance.now();
    const handle = await startSweep(client, { asOf, scenarioTypes: request.scenarioTypes });
    const { scenarios } = await Promise.race([handle.result(), failWhenOver(request.signal)]);
    const wallMs = performance.now() - begun;
    const sent = Object.values(scenarios).reduce((sum, counts) => sum + counts.sent, 0);
    return {
      as_of: asOf,
      wall_ms: Math.round(wallMs),
      mentors_per_second: Math.round((request.mentors * SECOND) / wallMs),
      pushes_per_second: Math.round((sent * SECOND) / wallMs),
      sent,
      scenarios,
      ...(await tallyHistories(client, handle.workflowId, handle.firstExecutionRunId)),
    };
  } finally {
    await connection.close();
  }
}

/** A worker that fails at everything is tried again for hours; whoever waits here would like to know. */
function failWhenOver(stopped: AbortSignal): Promise<never> {
  const tooLong = AbortSignal.timeout(LONGEST_SWEEP);
  return new Promise((_, reject) => {
    const fail = () =>
      reject(new Error(stopped.aborted ? 'E_BENCH_STOPPED: stopped before the sweep was done' : 'E_BENCH_SWEEP: no end after half an hour; see worker-1.log in the folder that is kept'));
    if (stopped.aborted) return fail();
    stopped.addEventListener('abort', fail, { once: true });
    tooLong.addEventListener('abort', fail, { once: true });
  });
}
