import type { ViewerName } from './viewers.ts';

/**
 * Who may do what with which rows: select, insert, update, delete, and give (hand one of her rows over to another label).
 *
 *   -      refused before any row is looked at: no privilege
 *   none   allowed, and there is no row of hers
 *   all    every row
 *   a,b    the rows of these labels, and no other
 *
 * Who is not listed has `-` for everything. A table of a later migration needs a line here, and its rows in world.ts.
 * For `give`: to whom; `-` as well where a table has nothing that could be handed over.
 */
type Rights = Partial<Record<ViewerName, string>>;

const organisations: Rights = {
  service_role: 'all  all  all  all  -',
  worker: 'all  -    -    -    -',
};

const books: Rights = {
  service_role: 'all  -    -    -    -',
  worker: 'all  all  all  -    -',
};

/** What is a person's own: hers by who she is, whatever she is now. */
const own = (others: Rights): Rights => ({
  'signed in, no subject': 'none         none         none         none         none',
  'signed in, no such user': 'none         none         none         none         none',
  mentor: 'mentor       mentor       mentor       mentor       mentor',
  'inactive mentor': 'paused       paused       paused       paused       paused',
  coordinator: 'coordinator  coordinator  coordinator  coordinator  coordinator',
  'coordinator of another chapter': 'none         none         none         none         none',
  'inactive coordinator': 'none         none         none         none         none',
  administrator: 'none         none         none         none         none',
  'administrator of another organisation': 'none         none         none         none         none',
  'inactive administrator': 'none         none         none         none         none',
  ...others,
});

/**
 * Rules and policies: the chapter's for those in charge of it, the organisation's for its administrators. Those of the
 * organisation and the default count in a chapter too: read, and not written.
 */
const inCharge: Rights = {
  'signed in, no subject': 'none               none               none               none               none',
  'signed in, no such user': 'none               none               none               none               none',
  mentor: 'none               none               none               none               none',
  'inactive mentor': 'none               none               none               none               none',
  coordinator: 'oslo,north,everybody    oslo    oslo    oslo    oslo',
  'coordinator of another chapter': 'bergen,north,everybody  bergen  bergen  bergen  bergen',
  'inactive coordinator': 'none               none               none               none               none',
  administrator:
    'oslo,bergen,north,everybody  oslo,bergen,north  oslo,bergen,north  oslo,bergen,north  oslo,bergen,north',
  'administrator of another organisation':
    'skien,south,everybody        skien,south        skien,south        skien,south        skien,south',
  'inactive administrator': 'none               none               none               none               none',
  service_role: 'all                all                all                all                all',
  worker: 'all                -                  -                  -                  -',
  'rule writer': 'all                all                all                all                all',
};

export const EXPECTED: Readonly<Record<string, Rights>> = {
  organizations: organisations,
  chapters: organisations,
  users: organisations,
  activities: organisations,
  annual_summary: organisations,
  certifications: organisations,

  device_tokens: own({
    service_role: 'all  all  all  all  all',
    worker: 'all  -    all  -    -',
  }),
  notification_preferences: own({
    service_role: 'all  all  all  all  all',
    worker: 'all  -    -    -    -',
  }),

  scenario_rules: inCharge,
  delivery_policies: inCharge,
  // Whoever reads a rule reads its changes, and nobody writes them.
  rule_changes: Object.fromEntries(
    Object.entries({ ...inCharge, 'rule writer': '-' }).map(([viewer, rights]) => [
      viewer,
      `${rights.split(/ +/)[0]} - - - -`,
    ]),
  ),

  scenario_notifications: {
    'signed in, no subject': 'none         -    -    -    -',
    'signed in, no such user': 'none         -    -    -    -',
    mentor: 'mentor       -    -    -    -',
    'inactive mentor': 'paused       -    -    -    -',
    coordinator: 'coordinator  -    -    -    -',
    'coordinator of another chapter': 'none         -    -    -    -',
    'inactive coordinator': 'none         -    -    -    -',
    administrator: 'none         -    -    -    -',
    'administrator of another organisation': 'none         -    -    -    -',
    'inactive administrator': 'none         -    -    -    -',
    service_role: 'all          -    -    -    -',
    worker: 'all          all  all  all  -',
  },

  follow_up_notification_log: {
    'signed in, no subject': 'none         -    -    -    -',
    'signed in, no such user': 'none         -    -    -    -',
    mentor: 'none         -    -    -    -',
    'inactive mentor': 'none         -    -    -    -',
    coordinator: 'oslo         -    -    -    -',
    'coordinator of another chapter': 'bergen       -    -    -    -',
    'inactive coordinator': 'none         -    -    -    -',
    administrator: 'oslo,bergen  -    -    -    -',
    'administrator of another organisation': 'skien        -    -    -    -',
    'inactive administrator': 'none         -    -    -    -',
    service_role: 'all          -    -    -    -',
    worker: 'all          all  all  -    -',
  },

  chapter_log: {
    'signed in, no subject': 'none         -    -    -    -',
    'signed in, no such user': 'none         -    -    -    -',
    mentor: 'none         -    -    -    -',
    'inactive mentor': 'none         -    -    -    -',
    coordinator: 'oslo         -    -    -    -',
    'coordinator of another chapter': 'bergen       -    -    -    -',
    'inactive coordinator': 'none         -    -    -    -',
    administrator: 'oslo,bergen  -    -    -    -',
    'administrator of another organisation': 'skien        -    -    -    -',
    'inactive administrator': 'none         -    -    -    -',
    service_role: 'all          -    -    -    -',
    worker: 'all          -    -    -    -',
  },

  rules_in_force: {
    'signed in, no subject': 'none  -    -    -    -',
    'signed in, no such user': 'none  -    -    -    -',
    mentor: 'none  -    -    -    -',
    'inactive mentor': 'none  -    -    -    -',
    coordinator: 'oslo,oslo_default  -    -    -    -',
    'coordinator of another chapter': 'bergen,bergen_default  -    -    -    -',
    'inactive coordinator': 'none  -    -    -    -',
    administrator: 'oslo,bergen,oslo_default,bergen_default  -    -    -    -',
    'administrator of another organisation': 'skien,skien_default  -    -    -    -',
    'inactive administrator': 'none  -    -    -    -',
    service_role: 'all  -    -    -    -',
    worker: 'all  -    -    -    -',
  },

  scenario_claims: books,
  delivery_attempts: books,
  logged_skips: books,
  evaluation_runs: books,
  evaluation_batches: books,
  sweep_budgets: books,
  sweep_brakes: books,
  push_rate_limits: books,
  push_gates: books,
  sending_halts: books,

  access_audit: {
    service_role: 'all  -    -    -    -',
  },
};

/** Where the worker has a right to some columns alone. */
export const WORKER_COLUMNS: Readonly<Record<string, Partial<Record<'select' | 'update', string>>>> = {
  organizations: { select: 'id timezone name' },
  chapters: { select: 'id organization_id name' },
  users: { select: 'id chapter_id role status locale created_at timezone' },
  activities: { select: 'user_id activity_date' },
  annual_summary: { select: 'user_id year session_count computed_at' },
  certifications: { select: 'id user_id certification_type expires_on' },
  notification_preferences: { select: 'user_id scenario_type enabled' },
  device_tokens: {
    select: 'id user_id token platform registered_at last_seen_at invalidated_at token_kind',
    update: 'invalidated_at invalidation_reason',
  },
  evaluation_runs: {
    update:
      'finished_at mentors_evaluated mentors_misconfigured candidates suppressed claimed sent failed unknown deferred withdrawn end_state',
  },
  evaluation_batches: {
    update:
      'mentors_evaluated mentors_misconfigured candidates suppressed claimed dispatch_fence dispatch_holder sent failed unknown deferred withdrawn set_aside',
  },
  sweep_budgets: { update: 'remaining' },
  sweep_brakes: { update: 'state expected usual sweeps braked_at answered_at' },
  push_rate_limits: { update: 'next_free_at busy_since' },
  push_gates: { update: 'closed_until reason closures probe_until' },
  sending_halts: { update: 'ended_at' },
  scenario_claims: {
    update:
      'state dispatched_at settled_at release_reason next_attempt_at checked_at expires_at send_at fault message_values decision_note',
  },
  delivery_attempts: { update: 'outcome retryable error_code message_id finished_at' },
  logged_skips: { update: 'logged_at' },
  scenario_notifications: { update: 'delivery_status' },
  follow_up_notification_log: {
    select:
      'log_id peer_mentor_id chapter_id scenario_rule_id delivered_at delivery_channel idempotency_key status created_at',
    update: 'status delivered_at delivery_channel',
  },
};

/** Who may call which function beside its owner. */
export const FUNCTIONS: Readonly<Record<string, string>> = {
  'public.readable_chapters(uuid[])': 'authenticated',
  'public.readable_mentors(uuid[])': 'authenticated',
  'public.register_device_token(text,text)': 'authenticated',
  'public.register_device_token(text,text,text,text)': 'authenticated',
  'public.rule_scopes()': 'authenticated',
  'public.scenario_rule_fault(text,jsonb)': 'service_role scenario_push_worker',
  'public.scenario_text_fault(text,jsonb)': 'service_role scenario_push_worker',
  'scenario_push.add_scenario_type(text,jsonb,integer)': '',
  'scenario_push.admit_scenario_types(regclass,text,text[],text)': '',
  'scenario_push.applied_versions()': 'scenario_push_worker',
  'scenario_push.chapter_in_charge()': 'authenticated service_role scenario_push_worker',
  'scenario_push.chapters_in_charge()': 'authenticated',
  'scenario_push.chapters_to_read(boolean)': 'authenticated service_role scenario_push_worker',
  'scenario_push.close_table(text)': '',
  'scenario_push.created(text,text)': '',
  'scenario_push.devices_to_reach(uuid,uuid)': 'scenario_push_worker',
  'scenario_push.devices_to_try(uuid,uuid)': 'scenario_push_worker',
  'scenario_push.erase_person(uuid)': 'scenario_push_worker',
  'scenario_push.export_person(uuid)': 'scenario_push_worker',
  'scenario_push.delivery_channel(uuid)': 'scenario_push_worker',
  'scenario_push.failure_reason(uuid,uuid,text)': 'authenticated service_role scenario_push_worker',
  'scenario_push.follow_up_key(uuid,uuid,text)': 'scenario_push_worker',
  'scenario_push.forget_email()': '',
  'scenario_push.give_back(text)': '',
  'scenario_push.is_created(text)': '',
  'scenario_push.is_iana_timezone(text)': 'scenario_push_worker',
  'scenario_push.is_timezone(text)': 'scenario_push_worker',
  'scenario_push.is_withdrawal(text)': 'scenario_push_worker',
  'scenario_push.keep_chapters(uuid[])': 'scenario_push_worker',
  'scenario_push.keep_rules(uuid[])': 'scenario_push_worker',
  'scenario_push.let_oldest_devices_give_way()': '',
  'scenario_push.link_fault(jsonb)': 'service_role scenario_push_worker',
  'scenario_push.message_faults(jsonb)': '',
  'scenario_push.need_column(text,text,text,text,text[])': '',
  'scenario_push.need_index(text,text,text[],text)': '',
  'scenario_push.need_unique(text,text)': '',
  'scenario_push.organization_in_charge()': 'authenticated',
  'scenario_push.organization_to_read()': 'authenticated',
  'scenario_push.parameter_fault(text,jsonb,jsonb)': '',
  'scenario_push.platforms_set_aside(text)': 'scenario_push_worker',
  'scenario_push.record_rule_change()': '',
  'scenario_push.refuse_token()': '',
  'scenario_push.refuse_rule(uuid,uuid,text,text,text)': '',
  'scenario_push.release_claims_of_removed_records()': '',
  'scenario_push.remove_scenario_type(text)': '',
  'scenario_push.require_meant_start(date)': 'PUBLIC',
  'scenario_push.require_sound_policy(uuid,uuid,time without time zone,time without time zone,integer,integer)':
    'PUBLIC',
  'scenario_push.require_sound_rule(uuid,uuid,text,jsonb)': 'PUBLIC',
  'scenario_push.require_sound_texts()': '',
  'scenario_push.scenario_declarations()': '',
  'scenario_push.scenario_type_checks()': '',
  'scenario_push.send_at(timestamp with time zone,text,time without time zone,time without time zone)':
    'scenario_push_worker',
  'scenario_push.store_declarations(jsonb)': '',
  'scenario_push.table_is_missing(text)': '',
  'scenario_push.tables_about_people()': '',
  'scenario_push.text_fault(text,jsonb,boolean)': '',
  'scenario_push.timezone_of(text,text)': 'scenario_push_worker',
};
