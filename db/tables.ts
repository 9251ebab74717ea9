import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { TokenKind } from '../domain/outcome.ts';
import type { SuppressedCounts } from '../domain/suppression.ts';

/** The tables of the contract, as Kysely sees them. Dates come as `YYYY-MM-DD`, instants as Date (milliseconds). */
export interface Database {
  organizations: OrganizationsTable;
  chapters: ChaptersTable;
  users: UsersTable;
  activities: ActivitiesTable;
  annual_summary: AnnualSummaryTable;
  certifications: CertificationsTable;
  device_tokens: DeviceTokensTable;
  notification_preferences: NotificationPreferencesTable;
  scenario_rules: ScenarioRulesTable;
  delivery_policies: DeliveryPoliciesTable;
  rule_changes: RuleChangesTable;
  scenario_notifications: ScenarioNotificationsTable;
  follow_up_notification_log: FollowUpNotificationLogTable;
  evaluation_runs: EvaluationRunsTable;
  evaluation_batches: EvaluationBatchesTable;
  scenario_claims: ScenarioClaimsTable;
  delivery_attempts: DeliveryAttemptsTable;
  logged_skips: LoggedSkipsTable;
  push_rate_limits: PushRateLimitsTable;
  push_gates: PushGatesTable;
  sending_halts: SendingHaltsTable;
  sweep_budgets: SweepBudgetsTable;
  sweep_brakes: SweepBrakesTable;
}

type Instant = ColumnType<Date, Date | string, Date | string>;
type NullableInstant = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type DefaultedInstant = ColumnType<Date, Date | string | undefined, Date | string>;
type Day = ColumnType<string, string, string>;
type Json<T> = ColumnType<T, string, string>;

interface OrganizationsTable {
  id: Generated<string>;
  name: string;
  timezone: Generated<string>;
}

interface ChaptersTable {
  id: Generated<string>;
  /** Null where an adopted table had none. */
  organization_id: string | null;
  name: string;
}

interface UsersTable {
  id: Generated<string>;
  chapter_id: string | null;
  role: 'peer_mentor' | 'coordinator' | 'administrator';
  status: Generated<'active' | 'inactive'>;
  locale: Generated<string | null>;
  /** An IANA name; null or unknown = the organisation's. */
  timezone: string | null;
  created_at: DefaultedInstant;
}

interface ActivitiesTable {
  id: Generated<string>;
  user_id: string;
  activity_date: Day;
  created_at: DefaultedInstant;
}

interface AnnualSummaryTable {
  user_id: string;
  year: number;
  session_count: number;
  computed_at: DefaultedInstant;
}

interface CertificationsTable {
  id: Generated<string>;
  user_id: string;
  certification_type: string;
  expires_on: Day;
}

interface DeviceTokensTable {
  id: Generated<string>;
  user_id: string;
  token: string;
  platform: 'android' | 'ios' | 'web';
  token_kind: Generated<TokenKind>;
  registered_at: DefaultedInstant;
  last_seen_at: NullableInstant;
  invalidated_at: NullableInstant;
  invalidation_reason: string | null;
}

interface NotificationPreferencesTable {
  user_id: string;
  scenario_type: string;
  enabled: boolean;
}

interface ScenarioRulesTable {
  id: Generated<string>;
  organization_id: string | null;
  chapter_id: string | null;
  scenario_type: string;
  enabled: Generated<boolean>;
  cooldown_minutes: number;
  on_unknown: Generated<'resend' | 'hold'>;
  starts_on: ColumnType<string | null, string | null | undefined, string | null>;
  parameters: Json<Record<string, unknown>>;
}

interface DeliveryPoliciesTable {
  id: Generated<string>;
  organization_id: string | null;
  chapter_id: string | null;
  /** `HH:MM:SS`, as `send_until`. */
  send_from: Generated<string>;
  send_until: Generated<string>;
  max_notifications: number | null;
  per_days: Generated<number>;
}

interface RuleChangesTable {
  id: Generated<string>;
  at: DefaultedInstant;
  table_name: 'scenario_rules' | 'delivery_policies';
  row_id: string;
  organization_id: string | null;
  chapter_id: string | null;
  scenario_type: string | null;
  person: string | null;
  email: string | null;
  database_role: string;
  operator: string | null;
  before: Json<Record<string, unknown> | null>;
  after: Json<Record<string, unknown> | null>;
}

interface ScenarioNotificationsTable {
  id: Generated<string>;
  user_id: string;
  scenario_type: string;
  scenario_rule_id: string | null;
  triggered_at: Instant;
  dispatched_at: Instant;
  cooldown_from: GeneratedAlways<Date>;
  evaluation_date: Day;
  milestone_year: number | null;
  milestone_value: number | null;
  occurrence: Generated<string>;
  cooldown_window_start: Instant;
  window_slot: Generated<string>;
  delivery_status: 'sent' | 'unknown';
  idempotency_key: string;
  created_at: DefaultedInstant;
}

interface FollowUpNotificationLogTable {
  log_id: Generated<string>;
  peer_mentor_id: string;
  chapter_id: string;
  scenario_rule_id: string;
  delivered_at: Instant;
  delivery_channel: 'fcm' | 'apns';
  idempotency_key: string;
  status: 'delivered' | 'failed' | 'skipped';
  created_at: DefaultedInstant;
}

interface EvaluationRunsTable {
  id: Generated<string>;
  workflow_id: string;
  first_run_id: string;
  scenario_type: string;
  as_of: Instant;
  plan_key: string;
  started_at: Instant;
  finished_at: NullableInstant;
  mentors_evaluated: Generated<number>;
  mentors_misconfigured: Generated<number>;
  candidates: Generated<number>;
  suppressed: ColumnType<SuppressedCounts, string | undefined, string>;
  claimed: Generated<number>;
  sent: Generated<number>;
  failed: Generated<number>;
  unknown: Generated<number>;
  deferred: Generated<number>;
  withdrawn: Generated<number>;
  end_state: 'finished' | 'stopped' | 'failed' | 'canceled' | 'terminated' | 'timed_out' | null;
}

interface EvaluationBatchesTable {
  batch_key: string;
  plan_key: string;
  scenario_type: string;
  as_of: Instant;
  range_from: string;
  range_to: string | null;
  workflow_id: string;
  run_id: string;
  evaluated_at: Instant;
  mentors_evaluated: Generated<number>;
  mentors_misconfigured: Generated<number>;
  candidates: Generated<number>;
  claimed: Generated<number>;
  suppressed: ColumnType<SuppressedCounts, string | undefined, string>;
  dispatch_fence: Generated<number>;
  dispatch_holder: number | null;
  sent: Generated<number>;
  failed: Generated<number>;
  unknown: Generated<number>;
  deferred: Generated<number>;
  withdrawn: Generated<number>;
}

interface ScenarioClaimsTable {
  id: Generated<string>;
  batch_key: string;
  user_id: string;
  chapter_id: string;
  scenario_type: string;
  scenario_rule_id: string | null;
  triggered_at: Instant;
  evaluation_date: Day;
  milestone_year: number | null;
  milestone_value: number | null;
  occurrence: Generated<string>;
  cooldown_window_start: Instant;
  window_slot: Generated<string>;
  idempotency_key: string;
  date_window: string;
  position: Generated<number>;
  message_values: Json<Record<string, string | number>>;
  on_unknown: 'resend' | 'hold';
  expires_at: Instant;
  state: Generated<'open' | 'unknown' | 'sent' | 'held' | 'released'>;
  claimed_at: Instant;
  dispatched_at: NullableInstant;
  settled_at: NullableInstant;
  release_reason: string | null;
  /** When the mentor's hours begin, for a claim made outside of them. */
  send_at: NullableInstant;
  next_attempt_at: NullableInstant;
  /** Why it could not be settled. */
  fault: string | null;
  /** What an operator wrote who decided what became of it. */
  decision_note: string | null;
  checked_at: NullableInstant;
}

interface DeliveryAttemptsTable {
  claim_id: string;
  device_id: string;
  platform: string;
  attempt: number;
  fence: number;
  started_at: Instant;
  finished_at: NullableInstant;
  outcome: 'accepted' | 'rejected' | 'unknown' | null;
  retryable: boolean | null;
  error_code: string | null;
  message_id: string | null;
}

interface LoggedSkipsTable {
  user_id: string;
  scenario_rule_id: string;
  occurrence: string;
  logged_at: Instant;
}

interface PushRateLimitsTable {
  project_id: string;
  next_free_at: Instant;
  busy_since: NullableInstant;
}

interface PushGatesTable {
  project_id: string;
  closed_until: NullableInstant;
  reason: string | null;
  closures: Generated<number>;
  probe_until: NullableInstant;
}

interface SendingHaltsTable {
  id: Generated<string>;
  note: string;
  started_at: Instant;
  ended_at: NullableInstant;
}

interface SweepBudgetsTable {
  sweep_key: string;
  allowance: number;
  remaining: number;
  created_at: DefaultedInstant;
}

interface SweepBrakesTable {
  plan_key: string;
  scenario_type: string;
  state: 'undecided' | 'clear' | 'braked' | 'released' | 'withdrawn';
  batches: number;
  mentors: number;
  allowance: number | null;
  factor: number;
  minimum: number;
  planned_at: Instant;
  expected: number | null;
  usual: number | null;
  sweeps: number | null;
  braked_at: NullableInstant;
  answered_at: NullableInstant;
}
