import type { MetricMeter } from '@temporalio/common';
import type { TelemetryOptions } from '@temporalio/worker';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { SUPPRESSION_REASONS } from '../../domain/suppression.ts';
import { DURATION_BUCKETS, METRICS, type MetricName } from './metric-definitions.ts';

type OfKind<K> = { [N in MetricName]: (typeof METRICS)[N]['kind'] extends K ? N : never }[MetricName];
/** Exactly the labels of the metric. */
type Labels<N extends MetricName> = Readonly<Record<(typeof METRICS)[N]['labels'][number], string>>;

export interface Metrics {
  count<N extends OfKind<'counter'>>(name: N, value: number, labels: Labels<N>): void;
  observe<N extends OfKind<'histogram'>>(name: N, value: number, labels: Labels<N>): void;
  set<N extends OfKind<'gauge'>>(name: N, value: number, labels: Labels<N>): void;
}

/** What Temporal's runtime is to be installed with so that it serves its metrics and ours at `address`, `/metrics`. */
export function prometheusOptions(address: string): TelemetryOptions {
  return {
    metrics: {
      prometheus: {
        bindAddress: address,
        countersTotalSuffix: true,
        unitSuffix: true,
        useSecondsForDurations: true,
        histogramBucketOverrides: { scenario_push_message_duration: DURATION_BUCKETS },
      },
    },
  };
}

/** Our metrics on Temporal's meter. Those whose labels are known stand at 0 from the start: a first failure is a rise. */
export function createMetrics(meter: MetricMeter): Metrics {
  const metrics = record(meter);
  for (const scenario_type of SCENARIO_TYPES) {
    metrics.count('scenario_push_mentors_evaluated_total', 0, { scenario_type });
    metrics.count('scenario_push_mentors_misconfigured_total', 0, { scenario_type });
    metrics.count('scenario_push_candidates_total', 0, { scenario_type });
    metrics.count('scenario_push_claimed_total', 0, { scenario_type });
    for (const reason of SUPPRESSION_REASONS)
      metrics.count('scenario_push_suppressed_total', 0, { scenario_type, reason });
    for (const outcome of ['sent', 'failed', 'held', 'withdrawn'])
      metrics.count('scenario_push_settled_total', 0, { scenario_type, outcome });
    for (const outcome of ['accepted', 'rejected', 'unknown'])
      metrics.count('scenario_push_messages_total', 0, { scenario_type, outcome });
  }
  metrics.count('scenario_push_tokens_invalidated_total', 0, {});
  return metrics;
}

function record(meter: MetricMeter): Metrics {
  const make = Object.entries(METRICS).map(([name, { kind, help }]) => {
    if (kind === 'counter') return [name, meter.createCounter(name.replace(/_total$/, ''), '', help)] as const;
    if (kind === 'histogram')
      return [name, meter.createHistogram(name.replace(/_seconds$/, ''), 'float', 'seconds', help)] as const;
    return [name, meter.createGauge(name, 'float', '', help)] as const;
  });
  const instruments = Object.fromEntries(make) as Record<OfKind<'counter'>, ReturnType<MetricMeter['createCounter']>> &
    Record<OfKind<'histogram'>, ReturnType<MetricMeter['createHistogram']>> &
    Record<OfKind<'gauge'>, ReturnType<MetricMeter['createGauge']>>;
  return {
    count: (name, value, labels) => instruments[name].add(value, labels),
    observe: (name, value, labels) => instruments[name].record(value, labels),
    set: (name, value, labels) => instruments[name].set(value, labels),
  };
}
