/** Labels that a metric may carry: few values each, never an id. */
export type Label = 'scenario_type' | 'reason' | 'outcome' | 'code' | 'state' | 'part' | 'platform';

export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly Label[];
  readonly help: string;
}

/**
 * Every metric of this service, by the name that Prometheus shows; docs/metrics.md explains each, and a test holds page
 * and code together. Temporal's exporter appends `_total` to counters and the unit to histograms by itself.
 */
export const METRICS = {
  scenario_push_mentors_evaluated_total: counter(
    ['scenario_type'],
    'Mentors evaluated whose rule in force is enabled and readable.',
  ),
  scenario_push_mentors_misconfigured_total: counter(
    ['scenario_type'],
    'Mentors left out because the parameters of their rule cannot be read.',
  ),
  scenario_push_candidates_total: counter(['scenario_type'], 'Candidates found.'),
  scenario_push_suppressed_total: counter(
    ['scenario_type', 'reason'],
    'Candidates that were not to be sent, by reason.',
  ),
  scenario_push_claimed_total: counter(['scenario_type'], 'Notifications claimed.'),
  scenario_push_settled_total: counter(
    ['scenario_type', 'outcome'],
    'Notifications settled: sent, failed, held or withdrawn.',
  ),
  scenario_push_messages_total: counter(
    ['scenario_type', 'outcome'],
    'Messages by what the push service made of them, one per request.',
  ),
  scenario_push_messages_not_accepted_total: counter(
    ['outcome', 'code'],
    'Of these, those that were not accepted, by the code of the answer.',
  ),
  scenario_push_tokens_invalidated_total: counter(
    [],
    'Device tokens taken out of use because the push service called them dead.',
  ),
  scenario_push_message_duration_seconds: histogram(
    ['outcome'],
    'Seconds from handing a message to the sender to its answer.',
  ),
  scenario_push_oldest_unsettled_claim_seconds: gauge(
    [],
    "Age of the oldest claim that is not settled, from when its mentor's hours began if it waited for them; 0 without any.",
  ),
  scenario_push_deferred_notifications: gauge(
    ['scenario_type'],
    "Notifications that wait until their mentor's hours begin.",
  ),
  scenario_push_held_notifications: gauge([], 'Notifications of unknown outcome that wait for an operator.'),
  scenario_push_sending_halted: gauge([], '1 while an operator has halted all sending.'),
  scenario_push_gate_closed: gauge([], '1 while the push service is in trouble and nothing but probes is sent to it.'),
  scenario_push_braked_notifications: gauge(
    ['scenario_type'],
    'About how many notifications of a braked sweep wait for an answer; 0 without any.',
  ),
  scenario_push_platform_set_aside: gauge(
    ['platform'],
    '1 while the devices of a platform are not sent to, because the push service refuses them all: android, ios, web.',
  ),
  scenario_push_not_settled_notifications: gauge(
    [],
    'Notifications that could not be settled for reasons of their own, and are tried again in ever longer intervals.',
  ),
  scenario_push_last_sweep_timestamp_seconds: gauge(
    ['scenario_type'],
    'When the latest sweep of the type finished, in Unix time; 0 if none ever did.',
  ),
  scenario_push_database_connections: gauge(
    ['state'],
    "Connections of this worker's pool: total and idle; waiting: requests for one.",
  ),
  scenario_push_clock_difference_seconds: gauge(
    [],
    "Seconds between this worker's clock and the database's, whichever is ahead.",
  ),
  scenario_push_up: gauge(['part'], '1 while the part works, as /readyz sees it: worker, database, temporal.'),
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

/** Upper bounds in seconds: FCM answers within 0.1 s, a message without an answer is given up after 20 s. */
export const DURATION_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30];

function counter<const L extends readonly Label[]>(labels: L, help: string) {
  return { kind: 'counter', labels, help } as const;
}

function gauge<const L extends readonly Label[]>(labels: L, help: string) {
  return { kind: 'gauge', labels, help } as const;
}

function histogram<const L extends readonly Label[]>(labels: L, help: string) {
  return { kind: 'histogram', labels, help } as const;
}
