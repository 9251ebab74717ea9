-- An operator knows that held notifications did not arrive: their records go, and the next evaluation may claim them anew.
-- in   idempotency_keys, scenario_types text[], since timestamptz, until timestamptz (which: with these keys, of these types,
--      held since then and until then, both included; null = any); now timestamptz; note text (why, in the operator's
--      words; null: they said nothing)
-- out  a row per notification released: idempotency_key, batch_key, scenario_type
with released as (
  update scenario_claims
  set state = 'released', release_reason = 'operator', settled_at = :'now'::timestamptz, decision_note = :'note'
  where state = 'held'
    and (:'idempotency_keys'::text[] is null or idempotency_key = any (:'idempotency_keys'::text[]))
    and (:'scenario_types'::text[] is null or scenario_type = any (:'scenario_types'::text[]))
    and (:'since'::timestamptz is null or settled_at >= :'since'::timestamptz)
    and (:'until'::timestamptz is null or settled_at <= :'until'::timestamptz)
    -- Known to have arrived: settled, not released.
    and not exists (select from delivery_attempts a where a.claim_id = scenario_claims.id and a.outcome = 'accepted')
  returning *
),
records as (
  delete from scenario_notifications n using released r where n.idempotency_key = r.idempotency_key
),
logged as (
  insert into follow_up_notification_log (
    peer_mentor_id, chapter_id, scenario_rule_id, delivered_at, delivery_channel, idempotency_key, status)
  select
    s.user_id, s.chapter_id, r.id, :'now'::timestamptz,
    scenario_push.delivery_channel(s.user_id),
    scenario_push.follow_up_key(s.user_id, r.id, s.date_window),
    'failed'
  from released s
  join scenario_rules r on r.id = s.scenario_rule_id
  join chapters c on c.id = s.chapter_id
  order by s.user_id, s.occurrence
  on conflict (idempotency_key) do nothing
)
select idempotency_key, batch_key, scenario_type from released order by idempotency_key
