-- An operator knows that held notifications arrived: their records become `sent`, coordinators read `delivered`.
-- in   idempotency_keys, scenario_types text[], since timestamptz, until timestamptz (which: with these keys, of these types,
--      held since then and until then, both included; null = any); now timestamptz; note text (why, in the operator's
--      words; null: they said nothing)
-- out  a row per notification settled: idempotency_key, batch_key, scenario_type
with settled as (
  update scenario_claims
  set state = 'sent', settled_at = :'now'::timestamptz, decision_note = :'note'
  where state = 'held'
    and (:'idempotency_keys'::text[] is null or idempotency_key = any (:'idempotency_keys'::text[]))
    and (:'scenario_types'::text[] is null or scenario_type = any (:'scenario_types'::text[]))
    and (:'since'::timestamptz is null or settled_at >= :'since'::timestamptz)
    and (:'until'::timestamptz is null or settled_at <= :'until'::timestamptz)
  returning *
),
records as (
  update scenario_notifications n
  set delivery_status = 'sent'
  from settled s
  where n.idempotency_key = s.idempotency_key
),
logged as (
  insert into follow_up_notification_log (
    peer_mentor_id, chapter_id, scenario_rule_id, delivered_at, delivery_channel, idempotency_key, status)
  select
    s.user_id, s.chapter_id, r.id, :'now'::timestamptz,
    coalesce((
      select case a.platform when 'ios' then 'apns' else 'fcm' end
      from delivery_attempts a
      where a.claim_id = s.id and a.outcome = 'unknown'
      order by a.started_at, a.device_id
      limit 1
    ), 'fcm'),
    scenario_push.follow_up_key(s.user_id, r.id, s.date_window),
    'delivered'
  from settled s
  join scenario_rules r on r.id = s.scenario_rule_id
  join chapters c on c.id = s.chapter_id
  order by s.user_id, s.occurrence
  on conflict (idempotency_key) do update
    set status = excluded.status, delivered_at = excluded.delivered_at, delivery_channel = excluded.delivery_channel
    where follow_up_notification_log.status <> 'delivered'
)
select idempotency_key, batch_key, scenario_type from settled order by idempotency_key
