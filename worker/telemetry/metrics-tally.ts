import type { Tally } from '../../activities/dependencies.ts';
import type { Metrics } from './metrics.ts';

/** Counts what was committed as metrics. The exact numbers are in evaluation_runs. */
export function metricsTally(metrics: Metrics): Tally {
  return {
    evaluated(scenario_type, counts) {
      const labels = { scenario_type };
      metrics.count('scenario_push_mentors_evaluated_total', counts.mentors_evaluated, labels);
      metrics.count('scenario_push_mentors_misconfigured_total', counts.mentors_misconfigured, labels);
      metrics.count('scenario_push_candidates_total', counts.candidates, labels);
      metrics.count('scenario_push_claimed_total', counts.claimed, labels);
      for (const [reason, n] of Object.entries(counts.suppressed)) {
        metrics.count('scenario_push_suppressed_total', n, { ...labels, reason });
      }
    },
    settled(scenario_type, { sent, failed, held }) {
      for (const [outcome, n] of Object.entries({ sent, failed, held })) {
        if (n > 0) metrics.count('scenario_push_settled_total', n, { scenario_type, outcome });
      }
    },
    withdrawn: (scenario_type, n) =>
      metrics.count('scenario_push_settled_total', n, { scenario_type, outcome: 'withdrawn' }),
    invalidated: (tokens) => metrics.count('scenario_push_tokens_invalidated_total', tokens, {}),
  };
}
