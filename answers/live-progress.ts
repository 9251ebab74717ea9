import type { Run } from '../db/list-runs.ts';
import type { SweepProgress } from '../workflows/sweep-messages.ts';

/** What a sweep says of itself, with the counts of now instead of those of the batches that are done. */
export interface LiveProgress extends SweepProgress {
  /** How much of the sweep is done, 0 to 1. */
  readonly share: number;
}

/**
 * A sweep's own counts are those of batches that are done, and a large batch takes minutes: the database knows what has
 * left. Nobody has to ask a workflow for it, and none has to write it into its history. Without runs, the sweep's own counts.
 */
export function withRuns(progress: SweepProgress, runs: readonly Run[]): LiveProgress {
  const asOf = Date.parse(progress.as_of);
  // Of this sweep, and not of one before it that had the same id: the latest comes first.
  const [latest] = runs.filter((run) => run.as_of.getTime() === asOf);
  const own = runs.filter((run) => run.first_run_id === latest?.first_run_id);
  const scenarios = { ...progress.scenarios };
  for (const run of own) scenarios[run.scenario_type] = countsOf(run);
  const { planned, done, failed } = progress;
  const settled = own.reduce((sum, run) => sum + (run.settled_batches ?? 0), 0);
  const share = planned === 0 ? 0 : Math.min(1, Math.max(done + failed, settled + failed) / planned);
  return { ...progress, scenarios, share };
}

function countsOf(run: Run): SweepProgress['scenarios'][string] {
  const { mentors_evaluated, mentors_misconfigured, candidates, suppressed, claimed } = run;
  const { sent, failed, unknown, deferred, withdrawn } = run;
  return {
    mentors_evaluated,
    mentors_misconfigured,
    candidates,
    suppressed,
    claimed,
    sent,
    failed,
    unknown,
    deferred,
    withdrawn,
  };
}
