-- Notifications that may have been delivered and are not tried again, the oldest first.
-- in   most int
select
  c.idempotency_key,
  c.user_id,
  c.scenario_type,
  c.occurrence,
  c.triggered_at,
  c.dispatched_at,
  c.settled_at as held_at,
  a.attempts,
  a.error_codes
from scenario_claims c
cross join lateral (
  select count(*)::int as attempts, coalesce(jsonb_agg(distinct error_code) filter (where error_code is not null), '[]') as error_codes
  from delivery_attempts
  where claim_id = c.id
) a
where c.state = 'held'
order by c.settled_at, c.idempotency_key
limit :'most'::int
