import { Client, Connection } from '@temporalio/client';
import { startSweep } from '../../client/sweeps.ts';
import { MINUTE, SECOND } from '../../domain/durations.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import type { ScenarioCounts } from '../../domain/sweep.ts';
import { CodedError } from '../../domain/errors.ts';
import { statementPhases, type StatementPhases } from './phases.ts';
import { cpuSecondsOf } from './process-usage.ts';
import type { StatementTime } from './statement-times.ts';
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
  readonly claimed: number;
  readonly scenarios: Readonly<Record<string, ScenarioCounts>>;
  /** By phase, and the longest statements one by one; see {@link statementPhases}. */
  readonly statement_phases: StatementPhases;
  readonly statements: readonly StatementTime[];
  /** Processor time of each process during the sweep; null where /proc does not tell. */
  readonly cpu_seconds: Readonly<Record<string, number | null>>;
}

/** What is asked about the database around a sweep. */
export interface StatementClock {
  forget(): Promise<void>;
  read(): Promise<StatementTime[]>;
}

const LISTED_STATEMENTS = 16;

/** The brake is decided as in any sweep, and never says stop: what is due here is due on purpose. */
const NEVER_BRAKED = { minimum: 2_147_483_647 };

/** Far more than a million mentors take. */
const LONGEST_SWEEP = 30 * MINUTE;

/** Sweeps and waits for the result, as an operator would. */
export async function sweepOnce(request: {
  temporalAddress: string;
  asOf: Date;
  scenarioTypes: readonly ScenarioType[];
  mentors: number;
  statementClock: StatementClock;
  /** Processes to watch, by name. */
  pids: Readonly<Record<string, number>>;
  /** Aborted when the run is to end. */
  signal: AbortSignal;
}): Promise<SweepMeasurement> {
  const connection = await Connection.connect({ address: request.temporalAddress });
  try {
    const client = new Client({ connection });
    const asOf = request.asOf.toISOString();
    await request.statementClock.forget();
    const cpuBefore = cpuOf(request.pids);
    const begun = performance.now();
    const handle = await startSweep(client, { asOf, scenarioTypes: request.scenarioTypes, brake: NEVER_BRAKED });
    const { scenarios } = await Promise.race([handle.result(), failWhenOver(request.signal)]);
    const wallMs = performance.now() - begun;
    const cpu = cpuOf(request.pids);
    const statements = await request.statementClock.read();
    const sum = (of: 'sent' | 'claimed') => Object.values(scenarios).reduce((total, counts) => total + counts[of], 0);
    const sent = sum('sent');
    return {
      as_of: asOf,
      wall_ms: Math.round(wallMs),
      mentors_per_second: Math.round((request.mentors * SECOND) / wallMs),
      pushes_per_second: Math.round((sent * SECOND) / wallMs),
      sent,
      claimed: sum('claimed'),
      scenarios,
      statement_phases: statementPhases(statements),
      statements: statements.slice(0, LISTED_STATEMENTS),
      cpu_seconds: Object.fromEntries(
        Object.entries(cpu).map(([name, at]) => [name, since(cpuBefore[name] ?? null, at)]),
      ),
      ...(await tallyHistories(client, handle.workflowId, handle.firstExecutionRunId)),
    };
  } finally {
    await connection.close();
  }
}

function cpuOf(pids: Readonly<Record<string, number>>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSecondsOf([pid])]));
}

function since(before: number | null, now: number | null): number | null {
  return before === null || now === null ? null : Math.round((now - before) * 100) / 100;
}

/** A worker that fails at everything is tried again for hours; whoever waits here would like to know. */
function failWhenOver(stopped: AbortSignal): Promise<never> {
  const tooLong = AbortSignal.timeout(LONGEST_SWEEP);
  return new Promise((_, reject) => {
    const fail = () =>
      reject(
        stopped.aborted
          ? new CodedError('E_BENCH_STOPPED', 'stopped before the sweep was done')
          : new CodedError('E_BENCH_SWEEP', 'no end after half an hour', {
              fix: 'see worker-1.log in the folder that is kept',
            }),
      );
    if (stopped.aborted) return fail();
    stopped.addEventListener('abort', fail, { once: true });
    tooLong.addEventListener('abort', fail, { once: true });
  });
}
