-- Claims every candidate that may be sent and stores what the batch came to, in the statement that evaluates it.
-- Follows evaluate.sql. The batch's row must have been inserted by this transaction: whoever did that evaluates.
--
-- in   batch_key text; now timestamptz; time_to_live_minutes int; log_skips boolean
-- out  one row: the batch's counts, as stored; lost_races int (of those in flight: who was to be claimed and was not)
-- The order of the insert is what keeps concurrent evaluators from deadlock.
, claimed as (
  insert into scenario_claims (
    batch_key, user_id, chapter_id, scenario_type, scenario_rule_id, triggered_at, evaluation_date,
    milestone_year, milestone_value, occurrence, cooldown_window_start, window_slot,
    idempotency_key, date_window, position, message_values, on_unknown, send_at, expires_at, claimed_at)
  select
    :'batch_key'::text, v.user_id, v.chapter_id, :'scenario_type'::text, v.rule_id, :'as_of'::timestamptz, v.evaluation_date,
    v.milestone_year, v.milestone_value, v.occurrence,
    coalesce(v.cooldown_from, '-infinity'),
    case
      when :'several'::boolean then v.occurrence
      when v.cooldown_minutes = 0 then v.iso_date
      else ''
    end,
    v.idempotency_key, v.date_window, v.position, v.message_values, v.on_unknown,
    -- What is claimed after its hours began, long after its as_of, may go at once: the last look knows whether they last.
    case when v.send_at > :'now'::timestamptz then v.send_at end,
    greatest(:'now'::timestamptz, v.send_at) + make_interval(mins => :'time_to_live_minutes'::int), :'now'::timestamptz
  from verdicts v
  where v.verdict_reason is null
  order by v.user_id, v.occurrence
  on conflict do nothing
  returning idempotency_key
),
-- Counted, not joined: a join of candidates with their claims is a nested loop where there are no statistics.
-- Who was to be claimed and was not has lost the race for it.
reasons as (
  select reason, sum(n) as n
  from (
    select verdict_reason as reason, count(*) as n from verdicts where verdict_reason is not null group by verdict_reason
    union all
    select 'in_flight', (select count(*) from verdicts where verdict_reason is null) - (select count(*) from claimed)
  ) counted
  group by reason
  having sum(n) > 0
),
-- A coordinator reads once a week, not every day, that a mentor cannot be reached.
skips_to_log as (
  insert into logged_skips (user_id, scenario_rule_id, occurrence, logged_at)
  select v.user_id, v.rule_id, v.occurrence, :'as_of'::timestamptz
  from verdicts v
  where v.verdict_reason = 'no_device_token' and :'log_skips'::boolean
  order by v.user_id, v.occurrence
  on conflict (user_id, scenario_rule_id, occurrence) do update
    set logged_at = excluded.logged_at
    where logged_skips.logged_at <= excluded.logged_at - interval '7 days'
  returning user_id, scenario_rule_id, occurrence
),
skips_logged as (
  insert into follow_up_notification_log (
    peer_mentor_id, chapter_id, scenario_rule_id, delivered_at, delivery_channel, idempotency_key, status)
  select
    v.user_id, v.chapter_id, v.rule_id, :'now'::timestamptz,
    scenario_push.delivery_channel(v.user_id),
    scenario_push.follow_up_key(v.user_id, v.rule_id, v.date_window),
    'skipped'
  from verdicts v
  where v.verdict_reason = 'no_device_token'
    and (v.user_id, v.rule_id, v.occurrence) in (select user_id, scenario_rule_id, occurrence from skips_to_log)
  order by v.user_id, v.occurrence
  on conflict (idempotency_key) do nothing
)
update evaluation_batches b
set mentors_evaluated = audience.evaluated,
    mentors_misconfigured = audience.misconfigured,
    candidates = (select count(*) from verdicts),
    suppressed = (select coalesce(jsonb_object_agg(reason, n), '{}') from reasons),
    claimed = (select count(*) from claimed)
from (
  select
    count(*) filter (where r.readable) as evaluated,
    count(*) filter (where not r.readable) as misconfigured
  from mentors m
  join chapter_rules r using (chapter_id)
) audience
where b.batch_key = :'batch_key'
returning
  b.mentors_evaluated, b.mentors_misconfigured, b.candidates, b.suppressed, b.claimed,
  ((select count(*) from verdicts where verdict_reason is null) - b.claimed)::int as lost_races
