-- Concludes from the attempts alone what became of a batch's notifications: claims, records and follow-up log.
--
-- any device accepted → sent; else any unknown → unknown, held when it is not to be tried again; else failed, once no
-- device can be tried again or the time for trying is over. What may still be tried keeps its claim.
--
-- What may be tried again waits: after the n-th attempt of unknown outcome, or the n-th definite refusal, as long as the
-- n-th delay says. What a holder that died left behind does not wait: nothing is known against the push service.
--
-- All of a batch that is not settled, or, with these-claims.sql for the claims, a few.
--
-- in   batch_key text; fence int; now timestamptz; unknown_delays_ms int[] (after one attempt more
--      than there are delays it is held); refused_delays_ms int[] (the last one repeats); give_up_before timestamptz
-- out  one row: sent, failed, held int (settled now); recorded int (records written: less than sent + held where they
--      were there already)
-- needs  scenario_claims (batch_key, user_id, position); delivery_attempts (claim_id, …)
with holder as (
  select from evaluation_batches
  where batch_key = :'batch_key' and dispatch_fence = :'fence'::int
  for share
),
-- Materialized: inlined, what it counts would be counted again wherever it is mentioned.
folded as materialized (
  select
    c.*,
    a.tried, a.any_accepted, a.any_unknown, a.accepted_at, a.unknown_at, a.channel,
    a.any_pending, a.refusals, a.latest_at, a.latest_code,
    -- Definite refusals in between (quota, no connection) are not counted: nothing can have come of them.
    case when a.any_unknown then (
      select count(*)::int
      from delivery_attempts u
      where u.claim_id = c.id and u.outcome = 'unknown'
      group by u.device_id
      order by 1 desc
      limit 1
    ) else 0 end as unknowns,
    exists (select from scenario_push.devices_to_reach(c.id, c.user_id)) as can_be_tried
  -- {{claims}}
  from scenario_claims c
  cross join lateral (
    select
      -- That the push service was closed to everybody says nothing of this notification.
      coalesce(bool_or(coalesce(error_code, '') not in (
        'not_attempted', 'app/no-connection', 'messaging/message-rate-exceeded')), false) as tried,
      count(*) filter (where outcome = 'rejected' and error_code <> 'not_attempted')::int as refusals,
      max(started_at) as latest_at,
      (array_agg(error_code order by started_at desc, attempt desc))[1] as latest_code,
      coalesce(bool_or(outcome = 'accepted'), false) as any_accepted,
      coalesce(bool_or(outcome = 'unknown'), false) as any_unknown,
      coalesce(bool_or(outcome is null), false) as any_pending,
      min(finished_at) filter (where outcome = 'accepted') as accepted_at,
      max(started_at) filter (where outcome = 'unknown') as unknown_at,
      (array_agg(case platform when 'ios' then 'apns' else 'fcm' end order by finished_at, device_id)
        filter (where outcome = 'accepted'))[1] as channel
    from delivery_attempts
    where claim_id = c.id
  ) a
  where c.batch_key = :'batch_key'
    and c.state in ('open', 'unknown')
    and exists (select from holder)
    -- What could not be settled has its own time (put-off.sql).
    and not (c.fault is not null and c.next_attempt_at > :'now'::timestamptz)
    -- A claim that was never tried stays as it is, while it can be.
    and (
      exists (select from delivery_attempts a where a.claim_id = c.id offset 0)
      or c.expires_at <= :'now'::timestamptz
      -- Nor one that waits for the mentor's hours: they may have a device by then.
      or (
        (c.send_at > :'now'::timestamptz) is not true
        and not exists (
          select from device_tokens t
          where t.user_id = c.user_id and t.invalidated_at is null and octet_length(t.token) <= 4096
          offset 0
        )
      )
    )
),
decided as (
  select
    f.*,
    case
      when any_pending then state
      when any_accepted then 'sent'
      when any_unknown then
        case
          when on_unknown = 'hold' or expires_at <= :'now'::timestamptz or not can_be_tried then 'held'
          when unknowns > cardinality(:'unknown_delays_ms'::int[]) then 'held'
          else 'unknown'
        end
      -- One that never got its turn has its whole time to live; the push service may be away.
      when can_be_tried and expires_at > :'now'::timestamptz
        and (not tried or coalesce(send_at, claimed_at) > :'give_up_before'::timestamptz) then 'open'
      else 'released'
    end as next_state,
    latest_at + make_interval(secs => case
      when any_unknown and latest_code is distinct from 'holder_lost' then (:'unknown_delays_ms'::int[])[unknowns]
      when not any_unknown and refusals > 0
        then (:'refused_delays_ms'::int[])[least(refusals, cardinality(:'refused_delays_ms'::int[]))]
    end / 1000.0) as try_again_at,
    coalesce(accepted_at, unknown_at) as reached_at
  from folded f
),
settled as (
  update scenario_claims c
  set state = d.next_state,
      dispatched_at = coalesce(c.dispatched_at, d.reached_at),
      next_attempt_at = case when d.next_state in ('open', 'unknown') then d.try_again_at end,
      settled_at = case when d.next_state in ('sent', 'held', 'released') then :'now'::timestamptz end,
      release_reason = case
        when d.next_state = 'released' then
          case when d.tried then 'rejected' when d.can_be_tried then 'not_tried_in_time' else 'no_device_token' end
      end
  from decided d
  where c.id = d.id
    and (c.state <> d.next_state or (d.next_state in ('open', 'unknown') and c.next_attempt_at is distinct from d.try_again_at))
  returning c.id, c.state
),
-- A rule that was deleted meanwhile leaves a record without a rule, and neither it nor a chapter leaves a line for
-- coordinators; what is there must stay until this commits. Each is locked once, not once per claim, and asked for by a
-- hashed look-up ("in … is true": a bare "in" becomes a join, and that a nested loop, for a page is too new to have
-- statistics).
rules as materialized (
  select id from scenario_push.keep_rules(array(select distinct scenario_rule_id from decided)) as id
),
chapters_of_claims as materialized (
  select id from scenario_push.keep_chapters(array(select distinct chapter_id from decided)) as id
),
recorded as (
  insert into scenario_notifications (
    user_id, scenario_type, scenario_rule_id, triggered_at, dispatched_at, evaluation_date, milestone_year,
    milestone_value, occurrence, cooldown_window_start, window_slot, delivery_status, idempotency_key)
  select
    d.user_id, d.scenario_type,
    case when (d.scenario_rule_id in (select id from rules)) is true then d.scenario_rule_id end,
    d.triggered_at, d.reached_at, d.evaluation_date, d.milestone_year,
    d.milestone_value, d.occurrence, d.cooldown_window_start, d.window_slot,
    case d.next_state when 'sent' then 'sent' else 'unknown' end, d.idempotency_key
  from decided d
  where d.next_state in ('sent', 'held')
  order by d.user_id, d.occurrence
  on conflict do nothing
  returning idempotency_key
),
-- Her device is gone since the claim: a skip, of which a coordinator reads once a week; see claim-candidates.sql.
skips_to_log as (
  insert into logged_skips (user_id, scenario_rule_id, occurrence, logged_at)
  select d.user_id, d.scenario_rule_id, d.occurrence, d.triggered_at
  from decided d
  where d.next_state = 'released' and not d.tried and not d.can_be_tried
    and (d.scenario_rule_id in (select id from rules)) is true
  order by d.user_id, d.occurrence
  on conflict (user_id, scenario_rule_id, occurrence) do update
    set logged_at = excluded.logged_at
    where logged_skips.logged_at <= excluded.logged_at - interval '7 days'
  returning user_id, scenario_rule_id, occurrence
),
logged as (
  insert into follow_up_notification_log (
    peer_mentor_id, chapter_id, scenario_rule_id, delivered_at, delivery_channel, idempotency_key, status)
  select
    d.user_id, d.chapter_id, d.scenario_rule_id, :'now'::timestamptz,
    coalesce(d.channel, scenario_push.delivery_channel(d.user_id)),
    scenario_push.follow_up_key(d.user_id, d.scenario_rule_id, d.date_window),
    case
      when d.next_state = 'sent' then 'delivered'
      when d.tried or d.can_be_tried then 'failed'
      else 'skipped'
    end
  from decided d
  where (d.scenario_rule_id in (select id from rules)) is true
    and (d.chapter_id in (select id from chapters_of_claims)) is true
    and (
      d.next_state = 'sent'
      or (d.next_state = 'released' and (d.tried or d.can_be_tried))
      or (d.user_id, d.scenario_rule_id, d.occurrence) in (select user_id, scenario_rule_id, occurrence from skips_to_log)
    )
  order by d.user_id, d.occurrence
  on conflict (idempotency_key) do update
    set status = excluded.status, delivered_at = excluded.delivered_at, delivery_channel = excluded.delivery_channel
    where excluded.status = 'delivered' and follow_up_notification_log.status <> 'delivered'
)
select
  count(*) filter (where state = 'sent')::int as sent,
  count(*) filter (where state = 'released')::int as failed,
  count(*) filter (where state = 'held')::int as held,
  (select count(*)::int from recorded) as recorded
from settled
