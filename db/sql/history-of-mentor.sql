-- What a mentor was told of one scenario type, or was to be told: claims with their attempts, and records without a claim.
-- in   user_id uuid; scenario_type text; most int
-- out  a row per notification, the latest first; attempts jsonb; next_attempt_at, send_at, expires_at timestamptz: null once
--      it is settled, the first also where it may be tried now, the second where it never waited for the mentor's hours;
--      brake jsonb: null unless its sweep is braked
select
  coalesce(n.idempotency_key, c.idempotency_key) as idempotency_key,
  coalesce(n.occurrence, c.occurrence) as occurrence,
  coalesce(n.triggered_at, c.triggered_at) as triggered_at,
  n.dispatched_at,
  n.delivery_status,
  c.state as claim_state,
  c.release_reason,
  case when c.state in ('open', 'unknown') then c.next_attempt_at end as next_attempt_at,
  case when c.state in ('open', 'unknown') then c.send_at end as send_at,
  case when c.state in ('open', 'unknown') then c.expires_at end as expires_at,
  case when c.state in ('open', 'unknown') then (
    select jsonb_build_object(
      'expected', k.expected, 'usual', k.usual, 'sweeps', k.sweeps,
      'braked_at', to_char(k.braked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from evaluation_batches b
    join sweep_brakes k using (plan_key, scenario_type)
    where b.batch_key = c.batch_key and k.state = 'braked'
  ) end as brake,
  coalesce(a.attempts, '[]') as attempts
from (select * from scenario_notifications where user_id = :'user_id'::uuid and scenario_type = :'scenario_type') n
full join (
  select * from scenario_claims where user_id = :'user_id'::uuid and scenario_type = :'scenario_type'
) c on c.idempotency_key = n.idempotency_key and c.state <> 'released'
left join lateral (
  select jsonb_agg(
    jsonb_build_object(
      'device_id', d.device_id,
      'platform', d.platform,
      'attempt', d.attempt,
      'outcome', d.outcome,
      'error_code', d.error_code,
      'message_id', d.message_id,
      'started_at', to_char(d.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    ) order by d.started_at, d.device_id, d.attempt) as attempts
  from delivery_attempts d
  where d.claim_id = c.id
) a on true
order by coalesce(n.triggered_at, c.triggered_at) desc, 1
limit :'most'::int
